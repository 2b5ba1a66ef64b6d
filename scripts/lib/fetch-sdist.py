"""Fetch a source archive from the Python package index that pip is set to.

usage: fetch-sdist.py PROJECT FILE-NAME DESTINATION

`pip download` would try to build what it fetches. So this asks pip for its settings (index, certificate,
proxy), finds the file on the project's page and saves it. The caller checks the hash.
"""

import ast
import base64
import html.parser
import os
import re
import shutil
import ssl
import subprocess
import sys
import time
import urllib.parse
import urllib.request


def pip(*arguments):
    environment = dict(os.environ, COLUMNS="1000")
    command = [sys.executable, "-m", "pip", *arguments]
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout


def pip_settings():
    """The settings that `pip download` would use, by name: the environment before files, [download] before [global]."""
    settings = {}
    rank = {}
    order = {"global": 0, "download": 1, ":env:": 2}
    for line in pip("config", "list").splitlines():
        key, _, value = line.partition("=")
        section, _, name = key.rpartition(".")
        if section in order and order[section] >= rank.get(name, -1):
            settings[name] = ast.literal_eval(value)
            rank[name] = order[section]
    return settings


def index_urls(settings):
    url = settings.get("index-url")
    if not url:
        # Not set: then pip's own default, which its help names.
        found = re.search(r"--index-url <url>.*?\(default\s+(\S+?)\)", pip("download", "--help"), re.DOTALL)
        url = found.group(1) if found else ""
    return [url, *settings.get("extra-index-url", "").split()]


def opener(settings):
    context = ssl.create_default_context(cafile=settings.get("cert"))
    handlers = [urllib.request.HTTPSHandler(context=context)]
    if settings.get("proxy"):
        handlers.append(urllib.request.ProxyHandler({"http": settings["proxy"], "https": settings["proxy"]}))
    return urllib.request.build_opener(*handlers)


def request(url):
    """A request for `url`; a name and password in the URL go into a header, as urllib does not read them."""
    parts = urllib.parse.urlsplit(url)
    if parts.username is None:
        return urllib.request.Request(url)
    host = parts.netloc.rpartition("@")[2]
    bare = urllib.parse.urlunsplit(parts._replace(netloc=host))
    login = f"{urllib.parse.unquote(parts.username)}:{urllib.parse.unquote(parts.password or '')}"
    token = base64.b64encode(login.encode()).decode()
    return urllib.request.Request(bare, headers={"Authorization": f"Basic {token}"})


class Links(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attributes):
        if tag == "a":
            self.found.append(dict(attributes).get("href") or "")


def fetch(opener, index, project, name, destination):
    page = index.rstrip("/") + f"/{project}/"
    with opener.open(request(page), timeout=30) as answer:
        base = urllib.parse.urljoin(page, answer.geturl())
        links = Links()
        links.feed(answer.read().decode())
    for link in links.found:
        url = urllib.parse.urldefrag(urllib.parse.urljoin(base, link)).url
        if urllib.parse.unquote(url).endswith("/" + name):
            with opener.open(request(url), timeout=30) as answer, open(destination, "wb") as out:
                shutil.copyfileobj(answer, out)
            return
    raise LookupError(f"{name} is not on the project's page")


def main():
    project, name, destination = sys.argv[1:]
    settings = pip_settings()
    for directory in settings.get("find-links", "").split():
        if os.path.isfile(os.path.join(directory, name)):
            shutil.copyfile(os.path.join(directory, name), destination)
            return
    web = opener(settings)
    problem = LookupError("pip names no index")
    for attempt in range(3):
        for index in filter(None, index_urls(settings)):
            try:
                fetch(web, index, project, name, destination)
                return
            except (OSError, LookupError) as error:
                problem = error
        time.sleep(attempt)
    sys.exit(f"{name}: {problem}")


main()
