"""Ways out, and ways to another candidate, by sockets of each kind."""

from tests.sandbox.attacks.attack import Attack, attack, failed, refused, syscall


def opens(kind: str, family: str, style: str = "socket.SOCK_STREAM") -> Attack:
    source = f"import socket\ndef f():\n    socket.socket({family}, {style})\n    return 'opened'\n"
    return attack(f"no {kind} socket can be opened", source, also=refused)


ATTACKS = [
    opens("IPv4", "socket.AF_INET"),
    opens("IPv6", "socket.AF_INET6"),
    opens("datagram", "socket.AF_INET", "socket.SOCK_DGRAM"),
    opens("raw", "socket.AF_INET", "socket.SOCK_RAW"),
    opens("packet", "17", "socket.SOCK_RAW"),
    opens("netlink", "16", "socket.SOCK_RAW"),
    opens("unix", "socket.AF_UNIX"),
    opens("virtual machine", "40"),
    opens("crypto", "38", "socket.SOCK_SEQPACKET"),
    opens("bluetooth", "31", "socket.SOCK_RAW"),
    attack(
        "no name can be resolved",
        "import socket\ndef f():\n    return socket.getaddrinfo('example.org', 80)\n",
        also=failed,
    ),
    attack(
        "the engine's socket cannot be reached",
        """
import socket
def f():
    s = socket.socket(socket.AF_UNIX)
    s.connect("/var/run/docker.sock")
    return "reached"
""",
        also=refused,
    ),
    attack(
        "one end of a pair cannot be turned into a server",
        """
import socket
def f():
    a, b = socket.socketpair()
    a.bind("\\0mailbox"); a.listen()
    return "listens"
""",
        also=refused,
    ),
    attack("no io_uring can be made", syscall(425, 425, "8", "b' ' * 200"), also=refused),
    attack(
        "a page cannot be fetched",
        "import urllib.request\ndef f():\n    return urllib.request.urlopen('http://127.0.0.1:1/', timeout=5).read()\n",
        also=failed,
    ),
]
