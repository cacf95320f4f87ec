"""HTTP/1.1: requests and answers over one session, through an explicit proxy too.

Bodies are zeros of a stated length. Header order is the caller's: it is part of what a client
looks like. RFC 9112, CONNECT: RFC 9110 section 9.3.6.
"""
BROWSER = ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
           "Chrome/122.0.0.0 Safari/537.36")
CURL = "curl/7.55.1"

BROWSER_HEADERS = (("Accept", "text/html,application/xhtml+xml,*/*;q=0.8"),
                   ("Accept-Language", "en-GB,en;q=0.5"), ("Accept-Encoding", "gzip, deflate"))
CURL_HEADERS = (("Accept", "*/*"),)


def lines(first, headers):
    return (first + "\r\n" + "".join(f"{k}: {v}\r\n" for k, v in headers) + "\r\n").encode()


def fetch(session, host, path, agent=BROWSER, headers=None, method="GET", body=0, status="200 OK",
          answer=5000, kind="text/html", server="nginx", think_us=8000, proxied=False, magic=""):
    """One request and its answer; `proxied` sends the absolute URI, as a proxy wants it; the
    answer's body begins with `magic`."""
    if headers is None:
        headers = CURL_HEADERS if agent == CURL else BROWSER_HEADERS
    target = f"http://{host}{path}" if proxied else path
    head = [("Host", host), ("User-Agent", agent), *headers]
    if body:
        head += [("Content-Type", "application/octet-stream"), ("Content-Length", body)]
    session.send(lines(f"{method} {target} HTTP/1.1", head), body)
    session.now += think_us
    head = [("Server", server), ("Content-Type", kind), ("Content-Length", answer),
            ("Connection", "keep-alive")]
    head = lines(f"HTTP/1.1 {status}", head) + magic.encode()
    return session.reply(head, answer - len(magic))


def connect(session, name, port=443, agent=BROWSER):
    """Asks a proxy for a tunnel to name:port. What follows in the session is the tunnel's."""
    session.send(lines(f"CONNECT {name}:{port} HTTP/1.1",
                       [("Host", f"{name}:{port}"), ("User-Agent", agent),
                        ("Proxy-Connection", "Keep-Alive")]))
    session.now += 15000
    return session.reply(lines("HTTP/1.1 200 Connection established", []))
