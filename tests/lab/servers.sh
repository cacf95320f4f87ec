# The servers: configured in $W, a file system in memory that goes with its namespaces; sourced by
# ./inside. Every daemon is a child of that script's process namespace and ends with it.

sites="news mail search maps video shop wiki bank travel games music photo forum office sports weather
       updates status telemetry feeds"

# Own copies over the machine's: account victim01, our resolver, our hosts.
private_etc() {
    mkdir -p "$W/etc"
    cp /etc/passwd /etc/group "$W/etc/"
    echo "victim01:x:64001:65534::$W/home:/bin/false" >>"$W/etc/passwd"
    echo "127.0.0.1 localhost" >"$W/etc/hosts"
    echo "nameserver 10.20.0.2" >"$W/etc/resolv.conf"
    echo "hosts: files dns
passwd: files
group: files" >"$W/etc/nsswitch.conf"
    for file in passwd group hosts resolv.conf nsswitch.conf; do
        [ -e "/etc/$file" ] || continue
        mount --bind "$W/etc/$file" "$(realpath "/etc/$file")"
    done
}

start_names() {
    local site i=11 records=(--address=/cc.example.net/203.0.113.10)
    for site in $sites; do
        records+=("--address=/$site.example.com/198.51.100.$i")
        i=$((i + 1))
    done
    on out dnsmasq --conf-file=/dev/null --no-resolv --no-hosts --user=root --pid-file= \
        --bind-interfaces --listen-address=203.0.113.53 --except-interface=lo --local-ttl=1 \
        "${records[@]}"
    on dns dnsmasq --conf-file=/dev/null --no-resolv --no-hosts --user=root --pid-file= \
        --bind-interfaces --listen-address=10.20.0.2 --except-interface=lo --server=203.0.113.53 \
        --server=/office.example/10.20.0.5 --cache-size=0
}

# Pages of everybody's sites, the command file, the tool, a folder for uploads.
make_pages() {
    local n
    mkdir -p "$W/www/upload" "$W/www/davlock"
    for n in $(seq 40); do
        head -c $((n * n * 61)) /dev/zero | tr '\0' 'x' >"$W/www/page$n.html"
    done
    echo '{"version": "7.2.1", "newer": false}' >"$W/www/check"
    echo 'wait' >"$W/www/command-file"
    head -c 8000000 /dev/zero >"$W/www/big"
    "$here/tool.py" "$W/www/tool.exe"
    chown -R www-data "$W/www"
}

start_web() {
    local m=/usr/lib/apache2/modules a=$W/apache
    mkdir -p "$a"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$a/key.pem" \
        -out "$a/crt.pem" -days 3650 -subj /CN=cc.example.net 2>/dev/null
    make_pages
    cat >"$a/conf" <<END
ServerRoot $a
PidFile $a/pid
Mutex file:$a default
ServerName cc.example.net
ErrorLog $a/error.log
User www-data
Group www-data
Listen 80
Listen 443
LoadModule mpm_event_module $m/mod_mpm_event.so
LoadModule authz_core_module $m/mod_authz_core.so
LoadModule mime_module $m/mod_mime.so
LoadModule dir_module $m/mod_dir.so
LoadModule dav_module $m/mod_dav.so
LoadModule dav_fs_module $m/mod_dav_fs.so
LoadModule dav_lock_module $m/mod_dav_lock.so
LoadModule socache_shmcb_module $m/mod_socache_shmcb.so
LoadModule ssl_module $m/mod_ssl.so
TypesConfig /etc/mime.types
DocumentRoot $W/www
DavLockDB $W/www/davlock/db
<Directory $W/www>
  Require all granted
</Directory>
<Directory $W/www/upload>
  Dav On
  LimitRequestBody 0
</Directory>
<VirtualHost *:443>
  ServerName cc.example.net
  SSLEngine on
  SSLCertificateFile $a/crt.pem
  SSLCertificateKeyFile $a/key.pem
</VirtualHost>
END
    on out apache2 -f "$a/conf" -k start
}

# An FTP server without a brake; its own list of accounts; a log of every USER and PASS.
start_ftp() {
    local f=$W/ftp
    mkdir -p "$f/home/victim01" "$W/home"
    head -c 300000 /dev/urandom >"$f/home/victim01/notes.txt"
    chown -R 65534:65534 "$f/home/victim01"
    (umask 077 &&
        echo "victim01:$(openssl passwd -1 "$password"):65534:65534::$f/home/victim01:/bin/false" \
            >"$f/pw")
    cat >"$f/conf" <<END
ServerName "AD_Srv FTP"
ServerType standalone
DefaultServer on
DefaultAddress 10.20.0.10
SocketBindTight on
Port 21
UseIPv6 off
PidFile $f/pid
ScoreboardFile $f/score
SystemLog $f/log
TransferLog none
WtmpLog off
UseReverseDNS off
User nobody
Group nogroup
MaxInstances 200
MaxLoginAttempts 10000
AuthOrder mod_auth_file.c
AuthUserFile $f/pw
RequireValidShell off
DefaultRoot ~
TimeoutLogin 600
LogFormat tries "%a %m %s"
ExtendedLog $f/tries AUTH tries
<IfModule mod_delay.c>
  DelayEngine off
</IfModule>
END
    on srv proftpd -c "$f/conf" >/dev/null 2>&1
}

# A standalone Samba; two names stand for one share so that its files are sparse and cost nothing.
start_smb() {
    local s=$W/smb dir
    for dir in priv state cache lock pid rpc log share; do
        mkdir -p "$s/$dir"
    done
    cat >"$s/conf" <<END
[global]
workgroup = OFFICE
netbios name = AD_SRV
server role = standalone server
interfaces = 10.20.0.10/24
bind interfaces only = yes
smb ports = 445 139
rpc start on demand helpers = true
disable netbios = no
private dir = $s/priv
state directory = $s/state
cache directory = $s/cache
lock directory = $s/lock
pid directory = $s/pid
ncalrpc dir = $s/rpc
log file = $s/log/%m.log
passdb backend = tdbsam:$s/priv/passdb.tdb
map to guest = never
load printers = no
printing = bsd
printcap name = /dev/null
smb encrypt = off
server min protocol = SMB2_02
max log size = 0
[share]
path = $s/share
read only = no
force user = root
END
    printf '%s\n%s\n' "$password" "$password" | smbpasswd -c "$s/conf" -s -a victim01 >/dev/null
    head -c 150000 /dev/urandom >"$s/share/minutes.doc"
    for dir in $(seq "$pulls"); do
        truncate -s "$pull_bytes" "$s/share/designs$dir.bin"
    done
    truncate -s "$last_bytes" "$s/share/designs0.bin"
    on srv smbd -D -s "$s/conf"
}

# Waits until something listens. NS ADDRESS PORT
wait_for() {
    local i
    for i in $(seq 600); do
        on "$1" bash -c "exec 3<>/dev/tcp/$2/$3" 2>/dev/null && return
        sleep 0.1
    done
    fail "nothing listens on $2 port $3 after a minute"
}

servers_up() {
    private_etc
    start_names
    start_web
    start_ftp
    start_smb
    wait_for out 203.0.113.10 443
    wait_for srv 10.20.0.10 21
    wait_for srv 10.20.0.10 445
}
