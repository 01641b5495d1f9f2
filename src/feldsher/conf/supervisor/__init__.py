"""The database and the processes of one machine: `DatabaseServer` and `ProcessGroup`, without Django.

Everything here works before the first import of Django and with nothing but psycopg installed.
"""

from feldsher.conf.supervisor.errors import SupervisorError
from feldsher.conf.supervisor.processes import ProcessGroup
from feldsher.conf.supervisor.roles import DatabaseUrls
from feldsher.conf.supervisor.server import DatabaseServer, running_urls

__all__ = ["DatabaseServer", "DatabaseUrls", "ProcessGroup", "SupervisorError", "running_urls"]
