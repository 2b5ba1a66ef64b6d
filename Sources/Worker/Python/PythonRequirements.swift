/// The packages that a script needs.
struct PythonRequirements: Sendable, Hashable {
  /// As they are installed: names, maybe with versions.
  let packages: [String]
  /// The script's header that names them (PEP 723); nil where they follow from its imports.
  let header: String?

  /// What a message calls them.
  var names: [String] { packages.isEmpty ? ["what its header names"] : packages }

  /// - Parameter imports: names of modules that are not Python's own.
  init(imports: [String]) {
    packages = imports.map { Self.packageNames[$0] ?? $0 }.sorted()
    header = nil
  }

  /// - Parameters:
  ///   - header: the script's header; what it names is what is installed.
  ///   - imports: names of modules; the clients of this server need not be named.
  init(header: String, imports: [String]) {
    packages = imports.contains("wmill") && !header.contains("wmill") ? ["wmill"] : []
    self.header = header
  }

  /// Modules that each script finds without a package.
  static let ownModules: Set<String> = ["tarn"]

  /// The versions of Python that the header takes; nil when it takes any.
  var pythonVersion: String? {
    header?.firstMatch(of: #/(?m)^# *requires-python *= *["']([^"']+)["']/#).map { String($0.1) }
  }

  /// Packages that are not called like the module that is imported.
  private static let packageNames = [
    "attr": "attrs", "bs4": "beautifulsoup4", "cv2": "opencv-python-headless", "dateutil": "python-dateutil",
    "docx": "python-docx", "dotenv": "python-dotenv", "fitz": "pymupdf", "git": "gitpython",
    "github": "pygithub",
    "googleapiclient": "google-api-python-client", "google": "google-cloud-core", "grpc": "grpcio",
    "jose": "python-jose", "jwt": "pyjwt", "magic": "python-magic",
    "MySQLdb": "mysqlclient", "nacl": "pynacl", "OpenSSL": "pyopenssl", "pptx": "python-pptx",
    "psycopg2": "psycopg2-binary", "bson": "pymongo", "serial": "pyserial", "Crypto": "pycryptodome",
    "PIL": "pillow", "pkg_resources": "setuptools", "skimage": "scikit-image",
    "sklearn": "scikit-learn", "slack_sdk": "slack-sdk", "slugify": "python-slugify", "socks": "pysocks",
    "telegram": "python-telegram-bot", "usb": "pyusb", "websocket": "websocket-client", "win32api": "pywin32",
    "wx": "wxpython", "yaml": "pyyaml", "zmq": "pyzmq", "psycopg": "psycopg[binary]", "dns": "dnspython",
    "multipart": "python-multipart", "snowflake": "snowflake-connector-python", "kafka": "kafka-python",
    "pythonjsonlogger": "python-json-logger", "ruamel": "ruamel.yaml", "faiss": "faiss-cpu",
    "Levenshtein": "levenshtein",
    "ulid": "python-ulid", "haystack": "haystack-ai", "mpl_toolkits": "matplotlib", "pylab": "matplotlib",
  ]
}
