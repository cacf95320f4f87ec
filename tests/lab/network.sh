# The study's network as namespaces; sourced by ./inside, which runs in private mount, process and
# network namespaces of its own, so that nothing here has to be taken down.
#
#   sw    office switch (bridge br0: in promiscuous mode it hears every frame once)
#   rt    router, 10.20.0.1 | 203.0.113.1 and 198.51.100.1
#   wan   outside switch
#   srv   10.20.0.10 file and FTP server       dns   10.20.0.2 resolver
#   dc    10.20.0.5 domain controller          adm   10.20.0.40 who administers it
#   cl1.. 10.20.0.21.. who attacks             bc1.. 10.20.0.31.. who beacons
#   q01.. 10.20.0.101.. twenty quiet clients
#   out   203.0.113.10 command and control (cc.example.net), .53 the outside's name server,
#         198.51.100.11.. everybody's web sites
#   tor   203.0.113.31.. three relays

servers="srv:10.20.0.10 dns:10.20.0.2 dc:10.20.0.5"
attackers="cl1:10.20.0.21 cl2:10.20.0.22 cl3:10.20.0.23 cl4:10.20.0.24 cl5:10.20.0.25 cl6:10.20.0.26
           cl7:10.20.0.27 cl8:10.20.0.28 cl9:10.20.0.29"
administrators="adm:10.20.0.40"
beaconers="bc1:10.20.0.31 bc2:10.20.0.32"
quiet=$(for i in $(seq 20); do printf 'q%02d:10.20.0.%d ' "$i" $((100 + i)); done)
outside="out:203.0.113.10 tor:203.0.113.31"

on() { ip netns exec "$@"; }

# The same in the background, so that $! is the program itself
start_on() { exec ip netns exec "$@"; }

make_space() {
    ip netns add "$1"
    on "$1" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
    ip -n "$1" link set lo up
}

# NS DEV SWITCH: a cable from NS to the switch, whose end there is named like NS
plug() {
    ip link add "$2" netns "$1" type veth peer name "$1" netns "$3"
    ip -n "$3" link set "$1" master br0 up
    ip -n "$1" link set "$2" up
}

# NAME:ADDRESS SWITCH GATEWAY
add_host() {
    local name=${1%:*}
    make_space "$name"
    plug "$name" eth0 "$2"
    ip -n "$name" addr add "${1#*:}/24" dev eth0
    ip -n "$name" route add default via "$3"
}

add_switch() {
    make_space "$1"
    ip -n "$1" link add br0 type bridge stp_state 0 mcast_snooping 0
    ip -n "$1" link set br0 up
}

# Frames of true size (off) or of up to 64 kB, as bulk transfers over virtual cables need (on).
segments() {
    local ns
    for ns in $1; do
        on "$ns" ethtool -K eth0 tso "$2" gso "$2" gro "$2" tx "$2" sg "$2" >/dev/null 2>&1 || true
    done
}

# RATE for what the host sends; a kernel without the shaper leaves it as fast as it goes
shape() {
    on "$1" tc qdisc replace dev eth0 root tbf rate "$2" burst 1mb latency 100ms 2>/dev/null || true
}

network_up() {
    local host i
    add_switch sw
    add_switch wan
    make_space rt
    plug rt in sw
    plug rt out wan
    ip -n rt addr add 10.20.0.1/24 dev in
    ip -n rt addr add 203.0.113.1/24 dev out
    ip -n rt addr add 198.51.100.1/24 dev out
    on rt sysctl -qw net.ipv4.ip_forward=1
    for host in $servers $attackers $beaconers $administrators $quiet; do
        add_host "$host" sw 10.20.0.1
    done
    for host in $outside; do
        add_host "$host" wan 203.0.113.1
    done
    for i in $(seq 11 30); do
        ip -n out addr add "198.51.100.$i/24" dev eth0
    done
    ip -n out addr add 203.0.113.53/24 dev eth0
    for i in 32 33; do
        ip -n tor addr add "203.0.113.$i/24" dev eth0
    done
    everyone=$(ip netns list | awk '$1 !~ /^(sw|wan|rt)$/ { print $1 }')
    segments "$everyone" off
    for i in in out; do
        on rt ethtool -K "$i" tso off gso off gro off tx off sg off >/dev/null 2>&1 || true
    done
}

# NS rx|tx: what TCP carried to or from this host by its interface's own count: bytes less 66 a
# packet (Ethernet 14, IPv4 20, TCP 32 with time stamps; ARP and SYN differ by a few bytes each)
carried() {
    on "$1" sh -c "cd /sys/class/net/eth0/statistics && echo \$((\$(cat $2_bytes) - 66 * \$(cat $2_packets)))"
}
