"""Django's way to send mail, over a connection to a host of the register and to an examined address only."""

import smtplib
import ssl
from socket import socket

from django.core.mail.backends.smtp import EmailBackend

from feldsher.foundation.egress.addresses import connect


class _Plain(smtplib.SMTP):
    def _get_socket(self, host: str, port: int, timeout: float) -> socket:
        return connect(host, port, seconds=timeout)


class _Sealed(smtplib.SMTP_SSL):
    context: ssl.SSLContext

    def _get_socket(self, host: str, port: int, timeout: float) -> socket:
        return self.context.wrap_socket(connect(host, port, seconds=timeout), server_hostname=host)


class RegisteredBackend(EmailBackend):
    """Raises OSError for whatever goes wrong, ForbiddenAddressError for a host outside of the register."""

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return _Sealed if self.use_ssl else _Plain
