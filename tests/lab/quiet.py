#!/usr/bin/python3
"""A quiet client: what ordinary people and their programs do all day.

    quiet.py live NUMBER STOP_FILE    at its own pace, until STOP_FILE exists
    quiet.py day NUMBER ADDRESS PLAN  a whole day's fetches, one after the other as fast as they go

In a day each fetch has a time of the day it stands for; a line "now address that-time" goes to PLAN
before it is made, by which pcap.py puts the recorded packets where they belong. A day is people who
read (bursts of pages with pauses between) and programs that ask on a clock, at the very periods of
the beacons: names that many clients share. Everything is drawn from the client's number: same number,
same day.
"""
import ftplib
import http.client
import os
import random
import socket
import ssl
import subprocess
import sys
import time

SERVER, SHARE = "10.20.0.10", "//10.20.0.10/share"
PEOPLE_READ = ["news", "mail", "search", "maps", "video", "shop", "wiki", "bank", "travel", "games",
               "music", "photo", "forum", "office"]
# name, scheme, period in seconds, which clients have the program
POLLERS = [
    ("status", "http", 60, range(1, 10)),
    ("feeds", "https", 60, range(8, 17)),
    ("updates", "http", 300, range(1, 23)),
    ("sports", "https", 300, range(10, 19)),
    ("weather", "http", 600, range(5, 21)),
    ("telemetry", "https", 600, range(1, 23)),
]
DAY_S = 6000
BROWSER = "Mozilla/5.0 (Windows NT 6.1; Win64; x64; rv:57.0) Gecko/20100101 Firefox/57.0"
PROGRAM = "Updater/7.2 (Windows NT 6.1)"
NO_CHECK = ssl._create_unverified_context()
PASSWORD = os.environ.get("LAB_PASSWORD", "")


def fetch(site, scheme, path, agent):
    name = f"{site}.example.com"
    link = http.client.HTTPConnection(name)
    try:
        port = 443 if scheme == "https" else 80
        link.sock = socket.create_connection((socket.gethostbyname(name), port), timeout=10)
        if scheme == "https":
            link.sock = NO_CHECK.wrap_socket(link.sock, server_hostname=name)
        link.request("GET", path, headers={"User-Agent": agent, "Accept": "*/*"})
        link.getresponse().read()
    except OSError as error:
        print(f"quiet: {name}: {error}", file=sys.stderr)
    finally:
        link.close()


def page(rnd):
    site, scheme = rnd.choice(PEOPLE_READ), rnd.choice(["http", "https"])
    return site, scheme, f"/page{rnd.randint(1, 40)}.html", BROWSER


# ---- live ----

def read_share(password=PASSWORD):
    subprocess.run(["smbclient", SHARE, "-U", f"victim01%{password}", "-c",
                    "get minutes.doc /dev/null"], capture_output=True, timeout=20, check=False)


def read_ftp(password=PASSWORD):
    try:
        with ftplib.FTP(SERVER, timeout=10) as ftp:
            ftp.login("victim01", password)
            ftp.retrbinary("RETR notes.txt", lambda block: None)
    except (ftplib.Error, OSError):
        pass


def live(number, stop):
    rnd = random.Random(number)
    errands = {3: [read_share], 9: [read_ftp] if number % 4 == 0 else [read_share]}
    if number == 3:     # mistypes the password twice
        errands[5] = [lambda: read_share("Winter2017"), lambda: read_share("winter2017"), read_share]
    if number == 4:
        errands[5] = [lambda: read_ftp("Winter2017"), read_ftp]
    step = 0
    while not os.path.exists(stop):
        step += 1
        for errand in errands.get(step, []):
            errand()
            time.sleep(1)
        fetch(*page(rnd))
        time.sleep(min(rnd.expovariate(1 / 3), 15))


# ---- a day ----

def plan_of(rnd, number):
    out = []
    for site, scheme, period, members in POLLERS:
        if number in members:
            at = rnd.uniform(0, period)
            while at < DAY_S:
                out.append((at + rnd.uniform(-0.5, 0.5), (site, scheme, "/check", PROGRAM)))
                at += period
    for _ in range(3):
        at = rnd.uniform(0, DAY_S - 600)
        for _ in range(rnd.randint(4, 9)):
            out.append((at, page(rnd)))
            at += rnd.expovariate(1 / 20)
    return sorted(out)


def day(number, address, plan):
    with open(plan, "w", encoding="utf-8") as log:
        for at, call in plan_of(random.Random(1000 + number), number):
            log.write(f"{time.time():.6f} {address} {at:.3f}\n")
            log.flush()
            fetch(*call)


if sys.argv[1:2] == ["live"]:
    live(int(sys.argv[2]), sys.argv[3])
else:
    day(int(sys.argv[2]), sys.argv[3], sys.argv[4])
