"""A mail server of Debian's python3-aiosmtpd: writes every mail that it takes as one line of JSON on its output.

smtp_server.py ADDRESS PORT [--certificate FILE --key FILE] [--implicit-tls] [--login NAME:PASSWORD]
               [--refuse ADDRESS] [--busy ADDRESS]
"""
import argparse
import asyncio
import json
import logging
import ssl

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword


def say(**what):
    print(json.dumps(what), flush=True)


class Recorder:
    def __init__(self, options):
        self.refuse = set(options.refuse)
        self.busy = set(options.busy)

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        if address in self.refuse:
            say(refused=address)
            return "550 5.1.1 no such user"
        if address in self.busy:
            say(refused=address)
            return "450 4.2.1 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        content = envelope.original_content
        say(
            helo=session.host_name,
            extended=session.extended_smtp,
            tls=server.transport.get_extra_info("sslcontext") is not None,
            login=session.auth_data,
            sender=envelope.mail_from,
            recipients=envelope.rcpt_tos,
            content=content.decode("latin-1"),
        )
        return "250 2.0.0 taken"


def authenticator(login):
    name, password = login.split(":", 1)

    def check(server, session, envelope, mechanism, auth_data):
        if not isinstance(auth_data, LoginPassword):
            return AuthResult(success=False, handled=False)
        right = (auth_data.login, auth_data.password) == (name.encode(), password.encode())
        say(login=auth_data.login.decode(), right=right)
        return AuthResult(success=right, handled=right, auth_data=auth_data.login.decode())

    return check


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("address")
    parser.add_argument("port", type=int)
    parser.add_argument("--certificate")
    parser.add_argument("--key")
    parser.add_argument("--implicit-tls", action="store_true")
    parser.add_argument("--login")
    parser.add_argument("--refuse", action="append", default=[])
    parser.add_argument("--busy", action="append", default=[])
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    context = None
    if options.certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options.certificate, options.key)
    upgrade = None if options.implicit_tls else context

    def session():
        return SMTP(
            Recorder(options),
            hostname="mail.test",
            tls_context=upgrade,
            authenticator=None if options.login is None else authenticator(options.login),
            auth_required=options.login is not None,
            auth_require_tls=options.login is not None and upgrade is not None,
        )

    loop = asyncio.get_running_loop()
    immediate = context if options.implicit_tls else None
    await loop.create_server(session, options.address, options.port, ssl=immediate)
    say(listening=options.port)
    await asyncio.Event().wait()


asyncio.run(main())
