# A private Tor network: three relays that are their own authorities, a client on cl6; sourced by
# ./inside. Nothing in it knows or reaches the real one.

tor_authority() { # N: its keys; leaves its line for the others
    local t=$W/tor/$1 a=203.0.113.3$1 identity
    mkdir -p "$t/keys"
    (cd "$t/keys" && echo lab | tor-gencert --create-identity-key --passphrase-fd 0 -m 12 \
        -a "$a:9030") >/dev/null 2>&1
    identity=$(awk '$1 == "fingerprint" { print $2 }' "$t/keys/authority_certificate")
    tor_settings "$1" >"$t/torrc"
    echo "DirAuthority relay$1 orport=9001 no-v2 v3ident=$identity $a:9030 $(printf 'F%.0s' $(seq 40))" \
        >"$t/self"
    tor --quiet --list-fingerprint -f "$t/torrc" --defaults-torrc "$t/self" >/dev/null 2>&1
    echo "DirAuthority relay$1 orport=9001 no-v2 v3ident=$identity $a:9030" \
        "$(awk '{ $1 = ""; gsub(/ /, ""); print }' "$t/fingerprint")" >>"$W/tor/authorities"
}

tor_settings() {
    local a=203.0.113.3$1
    cat <<END
TestingTorNetwork 1
DataDirectory $W/tor/$1
Nickname relay$1
Address $a
OutboundBindAddress $a
ORPort $a:9001 IPv4Only
DirPort $a:9030
SocksPort 0
AssumeReachable 1
ContactInfo lab
ExitRelay 1
ExitPolicy accept 203.0.113.0/24:*
AuthoritativeDirectory 1
V3AuthoritativeDirectory 1
TestingV3AuthInitialVotingInterval 20
TestingV3AuthInitialVoteDelay 4
TestingV3AuthInitialDistDelay 4
TestingAuthDirTimeToLearnReachability 0
TestingMinExitFlagThreshold 0
TestingDirAuthVoteExit *
TestingDirAuthVoteGuard *
TestingDirAuthVoteHSDir *
V3AuthVotingInterval 20 seconds
V3AuthVoteDelay 4 seconds
V3AuthDistDelay 4 seconds
V3AuthNIntervalsValid 40
Log notice file $W/tor/$1/log
END
}

tor_relays() {
    local n
    umask 077
    mkdir -p "$W/tor"
    for n in 1 2 3; do
        tor_authority "$n"
    done
    for n in 1 2 3; do
        cat "$W/tor/authorities" >>"$W/tor/$n/torrc"
        start_on tor tor --quiet -f "$W/tor/$n/torrc" >/dev/null 2>&1 &
    done
}

# Whether all three relays stand in what they agreed on
tor_agreed() {
    [ "$(timeout 10 ip netns exec tor curl -s \
        http://203.0.113.31:9030/tor/status-vote/current/consensus | grep -c '^r ')" = 3 ]
}

tor_ready() { grep -q 'Bootstrapped 100%' "$W/tor/client/log" 2>/dev/null; }

# A client that asks too early waits longer and longer before it asks again, so it comes when there is
# something to get, and a new one comes where it found nothing for 40 s.
tor_client() {
    local pid try i
    for i in $(seq 180); do
        ! tor_agreed || break
        sleep 1
    done
    for try in 1 2 3; do
        rm -rf "$W/tor/client"
        mkdir -p "$W/tor/client"
        cat - "$W/tor/authorities" >"$W/tor/client/torrc" <<END
TestingTorNetwork 1
DataDirectory $W/tor/client
PidFile $W/tor/client/pid
SocksPort 127.0.0.1:9050
EnforceDistinctSubnets 0
Log notice file $W/tor/client/log
END
        start_on cl6 tor --quiet -f "$W/tor/client/torrc" >/dev/null 2>&1 &
        pid=$!
        for i in $(seq 40); do
            ! tor_ready || break 2
            sleep 1
        done
        [ "$try" = 3 ] || kill -TERM "$pid"
        [ "$try" = 3 ] || wait "$pid"
    done
}

tor_up() {
    SECONDS=0
    tor_relays
    tor_client
    fact tor_bootstrap_s "$SECONDS"
}

# The malware's use of it: some small calls, then 8 MB
tor_use() {
    local i
    if ! tor_ready; then
        fact tor_fetched 0
        return
    fi
    for i in $(seq 6); do
        timeout 20 ip netns exec cl6 curl -s --socks5 127.0.0.1:9050 -o "$W/answer" \
            http://203.0.113.10/command-file
        sleep 1
    done
    fact tor_fetched "$(timeout 180 ip netns exec cl6 curl -s --socks5 127.0.0.1:9050 -o "$W/answer" \
        -w '%{size_download}' http://203.0.113.10/big)"
    # Started again it draws new names: one of three is too short to tell in every fifth run
    kill -TERM "$(cat "$W/tor/client/pid")"
    sleep 2
    tor_client
}

tor_down() {
    kill -TERM "$(cat "$W/tor/client/pid")" || true
    cp "$W/tor/client/log" "$OUT/tor.log"
    sleep 1
    fact tor_sent "$(carried cl6 tx)"
    fact tor_received "$(carried cl6 rx)"
}
