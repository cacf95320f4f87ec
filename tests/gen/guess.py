"""Guessing logins, and the honest people and programs that fail at them.

Attacks: `ftp` (a tool with many connections, one pair right), `smb_by_hand` (several tens, one
right in twenty), `ssh` (a tool; sessions tell nothing but their size), `accounts` (Kerberos: names
that do not exist and wrong passwords), `telnet` and `mysql` (no parser tells how logins end).
Honest: `stale` (a service with an old password, on its clock, for days), `mistype` (a user, five
times), `storm` (the morning after a password change), `automation` (an administrator's programs and
checks over SSH), `gateway` (a server that logs in many people, some of whom mistype), `terminal`
(the same at eight in the morning, over NTLM too), `phones` (a mail gateway: some have old passwords)
and `web_shop` (a database and a mailbox that are asked all day, and checks that they are there).
"""
import struct

from . import login


def ftp(network, rng, attacker="10.1.1.12", server="10.1.0.21", pairs=400, right=350, users=40,
        connections=8, gap_s=0.2, start_s=600):
    """`pairs` user and password pairs over `connections` at once; the pair number `right` is."""
    tries = [(f"user{number % users:02d}", number == right) for number in range(pairs)]
    client, host = network.host(attacker), network.host(server)
    for lane in range(connections):
        login.ftp(network, client, host, network.us(start_s + lane * 0.01),
                  tries[lane::connections], think_s=gap_s * rng.uniform(0.9, 1.1))


def smb_by_hand(network, rng, attacker="10.1.1.12", server="10.1.0.21", logins=80, every=20,
                start_s=600, pause_s=(8, 40)):
    """A person tries one password after the other; each `every`th is right."""
    client, host = network.host(attacker), network.host(server)
    at_s = start_s
    for number in range(1, logins + 1):
        status = login.SUCCESS if number % every == 0 else login.WRONG
        login.smb(network, client, host, network.us(at_s), f"victim{(number - 1) // every + 1:02d}",
                  status)
        at_s += rng.uniform(*pause_s)


def ssh(network, rng, attacker="10.1.1.12", server="10.1.0.22", connections=120, right=True,
        port=22, at_once=6, start_s=600):
    """A tool tries passwords over `at_once` connections; at the end one of them works."""
    client, host = network.host(attacker), network.host(server)
    ends = [network.us(start_s + lane * 0.05) for lane in range(at_once)]
    for number in range(connections):
        lane = number % at_once
        ends[lane] = login.ssh(network, client, host, ends[lane] + 50000, rng.randint(1, 3),
                               port=port, software="libssh_0.10.6",
                               wait_s=rng.uniform(0.5, 1.5))
    if right:
        login.ssh(network, client, host, max(ends) + 5000000, 1, 40000, port=port)


def accounts(network, rng, attacker="10.1.1.12", controller="10.1.0.10", count=60, exist=12,
             names=True, gap_s=0.4, start_s=600):
    """Asks for `count` names, `exist` of which exist; their passwords are wrong."""
    client, host = network.host(attacker), network.host(controller)
    found = set(rng.sample(range(count), exist))
    for number in range(count):
        error = login.PREAUTH_FAILED if number in found else login.UNKNOWN
        login.kerberos(network, client, host, network.us(start_s + number * gap_s),
                       f"name{number:03d}", error, names=names)


def stale(network, rng, client="10.1.0.30", server="10.1.0.21", days=3, period_s=300, tries=1,
          spread_s=1, user="svc_backup", how="smb", start_s=300):
    """A service whose password was changed tries again, `tries` times each `period_s`."""
    here, host = network.host(client), network.host(server)
    at_s = start_s
    while at_s < start_s + days * 86400:
        when = at_s + rng.uniform(0, spread_s)
        for number in range(tries):
            at_us = network.us(when + number * 0.4)
            if how == "smb":
                login.smb(network, here, host, at_us, user, login.WRONG, "SRV30")
            elif how == "ftp":
                login.ftp(network, here, host, at_us, [(user, False)])
            else:
                login.kerberos(network, here, host, at_us, user, login.PREAUTH_FAILED)
        at_s += period_s


def mistype(network, rng, clients=6, server="10.1.0.21", controller="10.1.0.10", times=5,
            again=2, start_s=300):
    """Users mistype; their program tries each password `again` times more. Then it is right."""
    for number in range(clients):
        client, at_s = network.client(number), start_s + number * 37
        for _ in range(times):
            for more in range(1 + again):
                login.smb(network, client, network.host(server), network.us(at_s + more * 0.2),
                          f"person{number:02d}", login.WRONG)
            login.kerberos(network, client, network.host(controller), network.us(at_s + 0.8),
                           f"person{number:02d}", login.PREAUTH_FAILED)
            at_s += rng.uniform(3, 9)
        for later in range(4):
            login.smb(network, client, network.host(server), network.us(at_s + later * 600),
                      f"person{number:02d}")


def storm(network, rng, clients=60, server="10.1.0.21", controller="10.1.0.10", start_s=300,
          hours=0.5):
    """Everybody had to change the password: each host still has the old one in a few places."""
    for number in range(clients):
        client, user = network.client(number), f"person{number:02d}"
        for _ in range(rng.randint(2, 7)):
            at_us = network.us(start_s + rng.random() * hours * 3600)
            login.kerberos(network, client, network.host(controller), at_us, user,
                           login.PREAUTH_FAILED)
            if rng.random() < 0.5:
                login.smb(network, client, network.host(server), at_us + 50000, user,
                          rng.choice((login.WRONG, login.LOCKED)))
        at_us = network.us(start_s + (hours + rng.random()) * 3600)
        login.kerberos(network, client, network.host(controller), at_us, user)
        login.smb(network, client, network.host(server), at_us + 90000, user)


def automation(network, rng, client="10.1.0.40", servers=12, hours=2, start_s=120):
    """Configuration management in bursts, a backup, a checkout every few minutes, and a check that
    reads the banner every minute."""
    here = network.host(client)
    end_s = start_s + hours * 3600
    for number in range(servers):
        host = network.host(network.internal[50 + number])
        at_s = start_s + number
        while at_s < end_s:                                  # the check
            probe = login.Tcp(network, here, host, 22, network.us(at_s), rtt_us=400).open()
            probe.reply(b"SSH-2.0-OpenSSH_9.2p1\r\n").send(b"SSH-2.0-check_ssh_2.3\r\n")
            probe.close()
            at_s += 60
        for burst in (0.2, 1.1):                             # the configuration, task by task
            at_us = network.us(start_s + burst * 3600 + number * 2)
            for _ in range(40):
                at_us = login.ssh(network, here, host, at_us + rng.randint(20000, 200000), 0,
                                  rng.randint(1800, 9000))
        for part in range(int(hours * 12)):                  # the checkout
            login.ssh(network, here, host, network.us(start_s + 30 + part * 300 + number), 0,
                      rng.randint(4000, 60000))
    host = network.host(network.internal[50])
    login.ssh(network, here, host, network.us(start_s + 4000), 0, 4000000)


def gateway(network, rng, client="10.1.0.45", controller="10.1.0.10", people=120, hours=2,
            wrong=0.1, start_s=60):
    """A mail front end or VPN gateway: the logins of many people, a tenth of them mistyped once."""
    here, host = network.host(client), network.host(controller)
    for number in range(people):
        at_us = network.us(start_s + rng.random() * hours * 3600)
        if rng.random() < wrong:
            login.kerberos(network, here, host, at_us - 9000000, f"person{number:03d}",
                           rng.choice((login.PREAUTH_FAILED, login.UNKNOWN)))
        login.kerberos(network, here, host, at_us, f"person{number:03d}")


def terminal(network, rng, client="10.1.0.46", controller="10.1.0.10", server="10.1.0.21",
             people=150, start_s=300, hours=0.5):
    """A terminal server when work begins. Each login first hears that a proof is wanted (error 25);
    a quarter mistype up to three times, a few names exist no longer."""
    here, host = network.host(client), network.host(controller)
    for number in range(people):
        user, at_us = f"person{number:03d}", network.us(start_s + rng.random() * hours * 3600)
        wrong = rng.randint(1, 3) if rng.random() < 0.25 else 0
        gone = rng.random() < 0.06
        for _ in range(wrong):
            login.kerberos(network, here, host, at_us, user, login.PREAUTH_REQUIRED)
            login.kerberos(network, here, host, at_us + 9000, user, login.PREAUTH_FAILED)
            login.smb(network, here, network.host(server), at_us + 20000, user, login.WRONG)
            at_us += round(rng.uniform(4, 15) * 1000000)
        if gone:
            login.kerberos(network, here, host, at_us, f"left{number:03d}", login.UNKNOWN)
            continue
        login.kerberos(network, here, host, at_us, user, login.PREAUTH_REQUIRED)
        login.kerberos(network, here, host, at_us + 9000, user)
        login.smb(network, here, network.host(server), at_us + 20000, user)


def phones(network, rng, client="10.1.0.47", controller="10.1.0.10", right=90, stale=25, hours=2,
           start_s=60):
    """A mail gateway proves each sync of each phone; those with an old password come oftener."""
    here, host = network.host(client), network.host(controller)
    for number in range(right + stale):
        user, old = f"phone{number:03d}", number >= right
        at_s = start_s + rng.random() * 900
        while at_s < start_s + hours * 3600:
            login.kerberos(network, here, host, network.us(at_s), user, login.PREAUTH_REQUIRED)
            login.kerberos(network, here, host, network.us(at_s + 0.01), user,
                           login.PREAUTH_FAILED if old else 0)
            at_s += (600 if old else 900) * rng.uniform(0.9, 1.1)


def telnet(network, rng, attacker="10.1.1.12", server="10.1.0.24", sessions=60, start_s=600):
    """Three default passwords a connection, as worms try them."""
    for number in range(sessions):
        talk = [(1, b"\xff\xfd\x18\xff\xfd\x20\xff\xfd\x23\xff\xfd\x27"),
                (0, b"\xff\xfc\x18\xff\xfc\x20\xff\xfc\x23\xff\xfc\x27"),
                (1, b"host login: ")]
        for _ in range(3):
            talk += [(0, b"root\r\n"), (1, b"root\r\nPassword: "),
                     (0, rng.randbytes(5).hex().encode()),
                     (1, b"\r\nLogin incorrect\r\nhost login: ")]
        login.lines(network, network.host(attacker), network.host(server), 23,
                    network.us(start_s + number * rng.uniform(0.9, 1.1)), talk)


GREETING = b"\x4a\0\0\0\x0a8.0.36\0" + bytes(66)
DENIED = b"\x44\0\0\2\xff\x15\x04#28000Access denied for user 'root'@'10.1.1.12' (with password)"
GRANTED = b"\7\0\0\2\0\0\0\2\0\0\0"


def mysql(network, rng, attacker="10.1.1.12", server="10.1.0.24", tries=150, gap_s=0.2,
          start_s=900):
    """A password a connection."""
    for number in range(tries):
        login.lines(network, network.host(attacker), network.host(server), 3306,
                    network.us(start_s + number * gap_s * rng.uniform(0.9, 1.1)),
                    [(1, GREETING), (0, b"\x52\0\0\1" + bytes(82)), (1, DENIED)])


def web_shop(network, rng, shop="10.1.0.41", database="10.1.0.24", mail="10.1.0.26", hours=1,
             start_s=60):
    """A page, a connection with one query or several; a check every 2 s that the database lets it
    in, one that opens the ports, and a mailbox without mail that is asked every 20 s."""
    here, base, box = (network.host(ip) for ip in (shop, database, mail))
    hello = [(1, GREETING), (0, b"\x52\0\0\1" + bytes(82)), (1, GRANTED)]
    for number in range(hours * 1800):
        at_us = network.us(start_s + number * 2)
        login.lines(network, here, base, 3306, at_us, hello + [(0, b"\1\0\0\0\1")])
        for _ in range(rng.randint(0, 2)):
            asked = [turn for _ in range(rng.randint(1, 4)) for turn in
                     ((0, struct.pack("<I", 32) + bytes(28)), (1, bytes(rng.randint(40, 900))))]
            login.lines(network, here, base, 3306, at_us + rng.randint(100000, 1500000),
                        hello + asked)
        for port in (23, 110, 3306):
            login.lines(network, here, base, port, at_us + 20000, [(1, b"ready\r\n")])
    for number in range(hours * 180):
        asked = [(1, b"+OK ready\r\n"), (0, b"USER shop\r\n"), (1, b"+OK\r\n"),
                 (0, b"PASS x\r\n"), (1, b"+OK\r\n"), (0, b"STAT\r\n"), (1, b"+OK 0 0\r\n"),
                 (0, b"QUIT\r\n"), (1, b"+OK\r\n")]
        login.lines(network, here, box, 110, network.us(start_s + number * 20), asked)
