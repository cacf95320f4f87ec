"""Large uploads that belong.

`backup`       a server's own, nightly, to a known store
`gather`       the server that backs up everybody: pulls from many hosts, then pushes outside
`video`        a video to a service all use; `editor`: its cutter pulls the pieces from inside
`agents`       everybody's backup program uploads; meanwhile `developer` pulls from a file server
`meeting`      a profile is pulled from the server, then its owner is an hour in a video meeting
`screen`       somebody works on a screen server, then sends a few photos
`photos`       the first run of a photo program
`letters`      large attachments, to where all send mail
"""
from .smb import Smb
from .tcp import Tcp
from .theft import upload
from .tls import BROWSER, Tls

NIGHT_S = 13 * 3600             # captures start at 09:00: 22:00


def backup(network, rng, client="10.1.0.20", name="vault.backup.example", nights=8, megabytes=80,
           last=140, seconds=400):
    """The same server, the same store, about the same size, every night; on the last, more."""
    here = network.host(client)
    for night in range(nights):
        at_us = network.us(night * 86400 + NIGHT_S + rng.random() * 60)
        server, at_us = network.lookup(here, name, at_us)
        size = last if night == nights - 1 else megabytes * rng.uniform(0.95, 1.05)
        upload(network, here, server, name, at_us, size, seconds)


def video(network, rng, client="10.1.1.20", name="upload.video.example", others=34, days=8,
          megabytes=250, small=12, seconds=200):
    """Everybody uses the service daily, `client` uploads there daily; on the last day much more."""
    for day in range(days):
        for number in range(others):
            here = network.client(number)
            at_us = network.us(day * 86400 + 3600 + rng.random() * 20000)
            server, at_us = network.lookup(here, name, at_us)
            session = Tcp(network, here, server, 443, at_us).open()
            talk = Tls(session, name, BROWSER).open().send(900).reply(30000)
            talk.send(rng.randint(20000, 200000))
            session.close()
        here = network.host(client)
        at_us = network.us(day * 86400 + 26000)
        server, at_us = network.lookup(here, name, at_us)
        size = megabytes if day == days - 1 else small * rng.uniform(0.7, 1.3)
        upload(network, here, server, name, at_us, size, seconds)


def pull(network, client, server, at_us, megabytes, seconds):
    session = Tcp(network, client, network.host(server), 445, at_us, rtt_us=300).open()
    Smb(session).open().pull(round(megabytes * 1000000), seconds)
    session.close()


def gather(network, rng, client="10.1.0.28", name="vault.offsite.example", hosts=14, first=20,
           megabytes=10, pushed=110, nights=1, seconds=200, last=None):
    """`last`: what the last night brings of the others' amounts."""
    here = network.host(client)
    for night in range(nights):
        if last and night == nights - 1:
            megabytes, pushed = megabytes * last, pushed * last
        start_s = night * 86400 + NIGHT_S
        for number in range(hosts):
            pull(network, here, network.client(first + number).ip,
                 network.us(start_s + number * 60), megabytes * rng.uniform(0.6, 1.4), 20)
        server, at_us = network.lookup(here, name, network.us(start_s + hosts * 60 + 300))
        upload(network, here, server, name, at_us, pushed * rng.uniform(0.95, 1.05), seconds)


def editor(network, rng, client="10.1.1.20", store="10.1.0.22", name="upload.video.example",
           pulled=130, pushed=60, start_s=7200):
    here = network.host(client)
    pull(network, here, store, network.us(start_s), pulled, 60)
    server, at_us = network.lookup(here, name, network.us(start_s + 1800))
    upload(network, here, server, name, at_us, pushed, 90)


def agents(network, rng, clients=34, name="agent.vault.example", start_s=600, hours=2, small=0.3,
           heavy=(), megabytes=60):
    """Each host sends a little at some time; those of `heavy` much."""
    for number in range(clients):
        here, at_us = network.client(number), network.us(start_s + rng.random() * hours * 3600)
        server, at_us = network.lookup(here, name, at_us)
        upload(network, here, server, name, at_us,
               megabytes if number in heavy else small * rng.uniform(0.5, 2), 90)


def developer(network, rng, client="10.1.1.15", server="10.1.0.23", pulled=130, start_s=3000):
    pull(network, network.host(client), server, network.us(start_s), pulled, 60)


def photos(network, rng, client="10.1.1.16", name="photos.cloud.example", megabytes=180,
           start_s=2400, pieces=4):
    here = network.host(client)
    for piece in range(pieces):
        server, at_us = network.lookup(here, name, network.us(start_s + piece * 120))
        upload(network, here, server, name, at_us, megabytes / pieces, 100)


def letters(network, rng, client="10.1.1.17", clients=34, name="smtp.post.example", large=5,
            megabytes=25, start_s=900, hours=2):
    """Everybody sends small mails over submission in TLS, one `large` attachments in an hour."""
    for number in range(clients):
        here, at_us = network.client(number), network.us(start_s + rng.random() * hours * 3600)
        server, at_us = network.lookup(here, name, at_us)
        session = Tcp(network, here, server, 465, at_us).open()
        Tls(session, name, BROWSER).open().send(rng.randint(2000, 30000)).reply(400)
        session.close()
    here = network.host(client)
    for number in range(large):
        server, at_us = network.lookup(here, name, network.us(start_s + 3600 + number * 500))
        session = Tcp(network, here, server, 465, at_us).open()
        talk = Tls(session, name, BROWSER).open()
        talk.bulk(0, megabytes * 1000000, 60)
        talk.reply(300)
        session.close()


def meeting(network, rng, client="10.1.1.11", server="10.1.0.22", name="turn.meeting.example",
            profile=120, sent=45, got=60, start_s=600, minutes=25):
    """Pictures of all go both ways, in pieces of some seconds (TURN over TLS)."""
    here = network.host(client)
    pull(network, here, server, network.us(start_s), profile, 40)
    there, at_us = network.lookup(here, name, network.us(start_s + 300))
    session = Tcp(network, here, there, 443, at_us, rtt_us=20000).open()
    talk = Tls(session, name, BROWSER).open()
    pieces = minutes * 12
    for _ in range(pieces):
        spread = rng.uniform(0.6, 1.4)
        talk.bulk(0, round(sent * 1000000 / pieces * spread), 2.4)
        talk.bulk(1, round(got * 1000000 / pieces * spread), 2.4)
    session.close()


def screen(network, rng, client="10.1.1.12", server="10.1.0.24", seen=130, sent=26, start_s=700,
           name="album.prints.example"):
    here = network.host(client)
    session = Tcp(network, here, network.host(server), 3389, network.us(start_s), rtt_us=400).open()
    for _ in range(60):
        session.send(bytes(300)).bulk(1, round(seen * 1000000 / 60), 20)
    session.close()
    there, at_us = network.lookup(here, name, network.us(start_s + 1500))
    upload(network, here, there, name, at_us, sent, 60)
