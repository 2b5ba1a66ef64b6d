"""Query and fill the lakes of a Tarn server.

    import tarn
    lake = tarn.connect().lake()
    lake.query("SELECT * FROM friend WHERE id = $id", id=7).one()
"""

from tarn.client import Client, Lake, connect
from tarn.results import Query
from tarn.transport import TarnError

__all__ = ["Client", "Lake", "Query", "TarnError", "connect"]
