"""One host works on another over DCE/RPC: intruders, administrators, controllers, monitoring.

Interfaces, operations and their order are those of the real tools (PsExec and its kin, schtasks,
PowerShell's Invoke-WmiMethod and Get-WmiObject, the service manager's window, a domain's
controllers); stubs are zeros.
"""
from . import datagram, login
from .clockwork import each
from .dcerpc import Rpc, Share, over_tcp
from .tcp import Tcp
from .wire import SYN

KERBEROS, EPMAP, SMB, HIGH = 88, 135, 445, 49674
DAY_S = 86400
# operations
MAP = 3
OPEN_MANAGER, CREATE, START, DELETE, CLOSE = 15, 12, 19, 2, 0
CONTROL, STATUS, LIST, OPEN_SERVICE = 1, 6, 14, 16
REGISTER_TASK, RUN_TASK, LIST_TASKS = 1, 12, 7
ACTIVATE, POSITION, LOG_IN, RELEASE, QUERY, METHOD = 4, 3, 6, 5, 20, 24
DRS_BIND, CHANGES, CRACK_NAMES, UNBIND = 0, 3, 12, 1
CHALLENGE, AUTHENTICATE, SET_PASSWORD, DOMAIN_INFO = 4, 26, 30, 29


TGS_REQ, TGS_REP = 12, 13
REALM = "OFFICE.EXAMPLE"


def ticket(network, client, controller, at_us, user, service):
    """A ticket for `service` ("ldap/DC1") is asked for and given (RFC 4120, 5.4); the time then."""
    der, at, name = login.der, login.at, login.principal(2, *service.split("/"))
    body = der(48, at(0, der(3, b"\0\x40\x81\0\x10")), at(2, login.text(REALM)), at(3, name),
               at(5, login.moment()), at(7, login.integer(77)),
               at(8, der(48, login.integer(18))))
    ask = der(0x60 + TGS_REQ, der(48, at(1, login.integer(5)), at(2, login.integer(TGS_REQ)),
                                  at(4, body)))
    given = der(0x61, der(48, at(0, login.integer(5)), at(1, login.text(REALM)), at(2, name),
                          at(3, login.cipher())))
    tell = der(0x60 + TGS_REP, der(48, at(0, login.integer(5)), at(1, login.integer(TGS_REP)),
                                   at(3, login.text(REALM)), at(4, login.principal(1, user)),
                                   at(5, given), at(6, login.cipher())))
    return datagram.exchange(network, client, controller, KERBEROS, at_us, ask, tell, rtt_us=900)


def rpc(network, client, server, at_us, interface, port=HIGH):
    """(session, calls): the port is asked for first, as clients do."""
    asking = Tcp(network, client, server, EPMAP, at_us, rtt_us=400).open()
    Rpc(over_tcp(asking), "epmapper").call(MAP, 132, 136)
    session = Tcp(network, client, server, port, asking.close().now, rtt_us=400).open()
    return session, Rpc(over_tcp(session), interface)


# ---- intruders


def service(network, rng, client="10.1.1.12", server="10.1.1.40", user="eve", copied="svcx.exe",
            start_s=1800):
    """A program is copied to ADMIN$, then run as a service that is deleted again."""
    here, there = network.host(client), network.host(server)
    session = Tcp(network, here, there, SMB, network.us(start_s), rtt_us=400).open()
    share = Share(session).open(user)
    if copied:
        share.connect(f"\\\\{server}\\ADMIN$").write_file(copied, 60000)
    calls = share.pipe(server, "svcctl", "svcctl")
    for opnum in (OPEN_MANAGER, CREATE, START, DELETE, CLOSE, CLOSE):
        calls.call(opnum)
        session.wait(0.3)
    session.close()


def task(network, rng, client="10.1.1.12", servers=("10.1.1.40",), start_s=1800, every_s=60):
    for number, server in enumerate(servers):
        at_us = network.us(start_s + number * every_s)
        session, calls = rpc(network, network.host(client), network.host(server), at_us, "tasks")
        calls.call(REGISTER_TASK, 2400).call(RUN_TASK)
        session.close()


def wmi(network, rng, client="10.1.1.12", server="10.1.1.40", last=METHOD, start_s=1800):
    """An object is activated, WMI logged in to, then `last` called behind altered contexts."""
    ask(network, network.host(client), network.host(server), network.us(start_s), last)


def ask(network, client, server, at_us, last):
    session = Tcp(network, client, server, EPMAP, at_us, rtt_us=400).open()
    Rpc(over_tcp(session), "activator").call(ACTIVATE, 800, 920)
    session.close()
    session = Tcp(network, client, server, HIGH, session.now, rtt_us=400).open()
    calls = Rpc(over_tcp(session), "object").alter("wmi_login").call(POSITION).call(LOG_IN)
    calls.alter("object").call(RELEASE)
    calls.alter("wmi").call(last, 420, 1800)
    calls.alter("object").call(RELEASE)
    session.close()


def replicate(network, rng, client="10.1.1.12", controller="10.1.0.10", user="eve", start_s=1800,
              times=1):
    """The directory is asked for by something that is no controller."""
    here, there = network.host(client), network.host(controller)
    at_us = login.kerberos(network, here, there, network.us(start_s), user)
    at_us = ticket(network, here, there, at_us, user, "ldap/DC1")
    session, calls = rpc(network, here, there, at_us, "drsuapi")
    calls.call(DRS_BIND).call(CRACK_NAMES)
    for _ in range(times):
        calls.call(CHANGES, 180, 4200)
    calls.call(UNBIND)
    session.close()


def force(network, rng, client="10.1.1.12", controller="10.1.0.10", tries=40, every_s=0.3,
          password=True, start_s=1800):
    """Netlogon is tried with challenges of zeros, one conversation a try."""
    here, there = network.host(client), network.host(controller)
    for number in range(tries):
        at_us = network.us(start_s + number * every_s)
        session, calls = rpc(network, here, there, at_us, "netlogon")
        calls.call(CHALLENGE, 80, 20).call(AUTHENTICATE, 120, 28)
        if password and number == tries - 1:
            calls.call(SET_PASSWORD, 600, 20)
        session.close()


# ---- honest work


def controllers(network, rng, names=("10.1.0.10", "10.1.0.11"), clients=6, hours=2, every_s=300):
    """Two controllers give tickets to clients and replicate with one another."""
    hosts = [network.host(name) for name in names]
    for number in range(clients):
        for at_s in each(rng, 0, hours, 600, 60):
            login.kerberos(network, network.client(number), hosts[number % 2], network.us(at_s),
                           f"user{number}")
    for asked, asking in (hosts, hosts[::-1]):
        for at_s in each(rng, 60, hours - 60 / 3600, every_s, 5):
            at_us = ticket(network, asking, asked, network.us(at_s), "DC$", "ldap/DC")
            session, calls = rpc(network, asking, asked, at_us, "drsuapi")
            calls.call(DRS_BIND).call(CHANGES, 180, 900)
            session.close()


def synchronise(network, rng, client="10.1.0.70", controller="10.1.0.10", days=2, every_s=1800,
                user="MSOL_77"):
    """A program that carries the directory to a cloud asks for its changes, with an account."""
    here, there = network.host(client), network.host(controller)
    for at_s in each(rng, 300, days * 24, every_s, 5):
        at_us = login.kerberos(network, here, there, network.us(at_s), user)
        session, calls = rpc(network, here, there,
                             ticket(network, here, there, at_us, user, "ldap/DC1"), "drsuapi")
        calls.call(DRS_BIND).call(CHANGES, 180, 900).call(UNBIND)
        session.close()


def members(network, rng, clients=6, controller="10.1.0.10", broken="10.1.1.30", hours=2,
            retry_s=120):
    """Machines prove themselves at their start, one of them in vain, again and again."""
    there = network.host(controller)
    starts = [(rng.uniform(0, 600), network.client(number)) for number in range(clients)]
    starts += [(at_s, network.host(broken)) for at_s in each(rng, 0, hours, retry_s, 1)]
    for at_s, here in starts:
        session, calls = rpc(network, here, there, network.us(at_s), "netlogon")
        calls.call(CHALLENGE, 80, 20).call(AUTHENTICATE, 120, 28).call(DOMAIN_INFO, 900, 960)
        session.close()


def administer(network, rng, client="10.1.1.20", servers=("10.1.0.21", "10.1.0.22"), days=1,
               per_day=4, user="anna"):
    """Looks after servers: lists services and tasks, restarts a service, fetches a log file."""
    here = network.host(client)
    for day in range(days):
        for _ in range(per_day):
            server = rng.choice(servers)
            there, at_s = network.host(server), day * DAY_S + rng.uniform(0, 6 * 3600)
            session, calls = rpc(network, here, there, network.us(at_s), "svcctl")
            calls.call(OPEN_MANAGER).call(LIST, 40, 4000).call(OPEN_SERVICE).call(STATUS)
            calls.call(CONTROL).call(STATUS).call(START).call(CLOSE)
            session.close()
            session, calls = rpc(network, here, there, session.now, "tasks")
            calls.call(LIST_TASKS, 60, 2000)
            session.close()
            session = Tcp(network, here, there, SMB, session.now, rtt_us=400).open()
            share = Share(session).open(user).connect(f"\\\\{server}\\C$")
            log = share.file("logs\\service.log", 1, 4000)
            share.read(log, bytes(4000))
            share.close(log)
            session.close()


def monitor(network, rng, client="10.1.0.40", servers=12, days=3, period_s=3600):
    """Every server is asked over WMI, on a clock; certificates are asked of one of them."""
    here = network.host(client)
    for number in range(servers):
        there = network.host(f"10.1.0.{60 + number}")
        for at_s in each(rng, 0, days * 24, period_s, 5):
            ask(network, here, there, network.us(at_s), QUERY)


def certificates(network, rng, clients=10, server="10.1.0.15", hours=2):
    """Each client activates an object of the certificate authority and calls it once."""
    there = network.host(server)
    for number in range(clients):
        at_us = network.us(rng.uniform(0, hours * 3600))
        session = Tcp(network, network.client(number), there, EPMAP, at_us, rtt_us=400).open()
        Rpc(over_tcp(session), "activator").call(ACTIVATE, 800, 920)
        session.close()
        session = Tcp(network, network.client(number), there, HIGH, session.now, rtt_us=400).open()
        Rpc(over_tcp(session), "object").alter("wmi").call(POSITION, 2400, 1900)
        session.close()


# ---- bait


def touch(network, rng, client="10.1.1.12", bait="10.1.3.5", port=445, start_s=1800):
    """One packet, and no answer."""
    here, there = network.host(client), network.host(bait)
    session = Tcp(network, here, there, port, network.us(start_s))
    session.packet(0, SYN, session.now, options=session.syn_options())


def enter(network, rng, client="10.1.1.13", server="10.1.0.66", user="bob", start_s=2000):
    login.smb(network, network.host(client), network.host(server), network.us(start_s), user)
