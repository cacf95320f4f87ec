"""Large uploads that belong: a nightly backup to a known store, a video to a service all use."""
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
