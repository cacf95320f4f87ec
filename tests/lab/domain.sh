# An Active Directory domain: Samba's controller, who guesses at its Kerberos, who takes its directory
# away, and an administrator who does the like of it all day; sourced by ./inside. Recorded as fast as
# it goes, and moved over two hours by ./slow: who is a controller shows with time. Not part of a short
# run.

domain=office.example controller=ad-srv113.office.example
guessed_names=30 guessed_words=40

# What must believe that the machine is the controller
as_controller() {
    unshare --uts bash -c "hostname ad-srv113; exec $1"
}

domain_settings() {
    local d=$W/ad
    cat <<END
[global]
workgroup = OFFICE
realm = OFFICE.EXAMPLE
netbios name = AD-SRV113
server role = active directory domain controller
interfaces = 10.20.0.5/24
bind interfaces only = yes
dns forwarder = 203.0.113.53
private dir = $d/private
state directory = $d/state
cache directory = $d/cache
lock directory = $d
binddns dir = $d/bind-dns
pid directory = $d/pid
ncalrpc dir = $d/ncalrpc
ntp signd socket directory = $d/ntp
log file = $d/log/%m.log
logging = file
load printers = no
printing = bsd
disable spoolss = yes
smb encrypt = off
ldap server require strong auth = no
ntlm auth = yes
server services = s3fs, rpc, wrepl, ldap, cldap, kdc, drepl, winbindd, ntp_signd, kcc, dnsupdate, dns
[sysvol]
path = $d/state/sysvol
read only = no
[netlogon]
path = $d/state/sysvol/$domain/scripts
read only = no
END
}

domain_make() {
    local d=$W/ad name
    as_controller "ip netns exec dc samba-tool domain provision --realm=OFFICE.EXAMPLE --domain=OFFICE \
        --server-role=dc --dns-backend=SAMBA_INTERNAL --adminpass=$password --host-name=ad-srv113 \
        --host-ip=10.20.0.5 --targetdir=$d --option='interfaces=10.20.0.5/24' \
        --option='bind interfaces only=yes'" >"$OUT/domain.log" 2>&1 || return
    domain_settings >"$d/etc/smb.conf"
    mkdir -p "$d/pid" "$d/log" "$d/cache" "$d/ncalrpc" "$d/ntp" "$d/run"
    chmod 0750 "$d/ntp"
    samba-tool domain passwordsettings set --complexity=off --account-lockout-threshold=0 \
        -s "$d/etc/smb.conf" >>"$OUT/domain.log" 2>&1
    for name in victim01 user01 user02; do
        samba-tool user create "$name" "$password" -s "$d/etc/smb.conf" >>"$OUT/domain.log" 2>&1
    done
}

domain_up() {
    local d=$W/ad
    domain_make || fail "the domain cannot be made; see $OUT/domain.log"
    cat >"$W/krb5.conf" <<END
[libdefaults]
default_realm = OFFICE.EXAMPLE
dns_lookup_kdc = false
dns_lookup_realm = false
[realms]
OFFICE.EXAMPLE = {
    kdc = 10.20.0.5
}
END
    export KRB5_CONFIG=$W/krb5.conf
    as_controller "ip netns exec dc bash -c 'mkdir -p /run/samba; mount --bind $d/run /run/samba;
        exec samba -D -s $d/etc/smb.conf'" >>"$OUT/domain.log" 2>&1
    wait_for dc 10.20.0.5 88
    wait_for dc 10.20.0.5 135
    wait_for dc 10.20.0.5 389
}

# What the host does from now on takes place so many seconds after the start. NS SECONDS
takes_place() {
    echo "$(date +%s.%N) $(on "$1" hostname -I | tr -d ' ') $2" >>"$OUT/domain.plan"
}

# NS ACCOUNT PASSWORD
ticket() {
    echo "$3" | timeout 20 ip netns exec "$1" kinit -c "FILE:$W/ticket.$1" "$2" >/dev/null 2>&1
}

# As every host of a domain does when somebody comes to work: NS ACCOUNT
sign_in() {
    ticket "$1" "$2" "$password"
    KRB5CCNAME="FILE:$W/ticket.$1" timeout 30 ip netns exec "$1" kvno "cifs/$controller" \
        "ldap/$controller"
}

# Names first, most of which nobody has; then words for one of those that are there
kerberos_guessing() {
    local i right=0 failed=0
    takes_place cl8 0
    sign_in cl8 user02
    sleep 1
    takes_place cl8 3600
    for i in $(seq "$guessed_names"); do
        ticket cl8 "$(printf 'user%02d' "$i")" Winter2017 || true
    done
    for i in $(seq "$guessed_words"); do
        if ticket cl8 victim01 "Summer$((1950 + i))"; then
            right=$((right + 1))
        else
            failed=$((failed + 1))
        fi
    done
    ! ticket cl8 victim01 "$password" || right=$((right + 1))
    fact krb_unknown $((guessed_names - 2)) # user01 and user02 are there
    fact krb_failed $((failed + 2))
    fact krb_right "$right"
}

# The whole directory with its secrets, as only another controller asks for it
directory_theft() {
    takes_place cl9 60
    sign_in cl9 user01
    sleep 1
    takes_place cl9 5400
    timeout 120 ip netns exec cl9 samba-tool drs clone-dc-database "$domain" --server="$controller" \
        --include-secrets --targetdir="$W/stolen" -s /dev/null -U "administrator%$password" ||
        say "the directory was not given out; see domain.log"
    fact replicated "$(find "$W/stolen" -name sam.ldb | wc -l)"
}

# Signs in (mistypes once), looks whether the controllers agree, adds accounts, reads what is shared
administrator() {
    local who="administrator%$password" name
    takes_place adm 30
    ! ticket adm administrator "${password}x" || true
    sign_in adm administrator
    sleep 1
    takes_place adm 1800
    timeout 60 ip netns exec adm samba-tool drs showrepl "$controller" -s /dev/null -U "$who"
    sleep 1
    takes_place adm 3000
    for name in anna berta carla; do
        timeout 60 ip netns exec adm samba-tool user create "$name" "$password" \
            -H "ldap://$controller" -s /dev/null -U "$who"
    done
    sleep 1
    takes_place adm 6000
    timeout 60 ip netns exec adm rpcclient "$controller" -s /dev/null -U "$who" \
        -c "enumdomusers; enumdomgroups; querydominfo"
    timeout 60 ip netns exec adm smbclient "//$controller/sysvol" -s /dev/null -U "$who" \
        -c "recurse; ls"
}

domain_day() {
    domain_up
    record "$OUT/domain.pcap" host 10.20.0.28 or host 10.20.0.29 or host 10.20.0.40
    {
        administrator
        kerberos_guessing
        directory_theft
    } >>"$OUT/domain.log" 2>&1
    stop_recorders
}
