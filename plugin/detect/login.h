/* What an observation tells of a login: at which service, as whom, and how it ended.
 *
 * Most protocols say it: FTP, SMB with NTLM, Kerberos, LDAP, VNC, HTTP (401 and 403 to a request
 * that brings credentials or posts to a login's path), SMTP and SSH (these two as Zeek reads them)
 * give a status.  Where encryption hides it, the size of the session tells:
 *
 *   SSH  what the server sends until it has refused a password is key exchange and little else: 0
 *        to 2.2 kB in all captures at hand (OpenSSH, Dropbear; one to six passwords a connection; 0
 *        where it closes after the banner); after a right one come its host keys and a channel. Up
 *        to 2,600 bytes count as refused.
 *   RDP  a refused session ends before the screen is drawn: up to 2.8 kB seen, up to 10,000 count
 *        as refused.  Its account is in the cookie, which comes before the end is known.
 *
 * Constant time, no memory.  Cannot see: post-quantum key exchange adds 1.1 kB to both ways, so
 * that such a guess looks like a very short command; a right password that is not used looks
 * refused; forms that answer a wrong password with status 200; anything within TLS. */
#ifndef FM_DETECT_LOGIN_H
#define FM_DETECT_LOGIN_H

#include "detect/family.h"

enum fm_login_end {
    FM_LOGIN_FAILED,
    FM_LOGIN_NOBODY, /* failed: there is no such account */
    FM_LOGIN_RIGHT,
    FM_LOGIN_NAMED,  /* an account was named; how it ended comes with another observation */
};

struct fm_login {
    enum fm_app app;
    enum fm_login_end end;
    bool told; /* the server said how it ended; false: its size did */
    char account[FM_NAME]; /* lower case; "" where it is not told */
};

/** What may tell of a login. */
#define FM_LOGIN_SEES                                                                              \
    (FM_SEES(END) | FM_SEES_TX(FTP) | FM_SEES_TX(SMB) | FM_SEES_TX(KRB5) | FM_SEES_TX(LDAP) |      \
            FM_SEES_TX(SSH) | FM_SEES_TX(RDP) | FM_SEES_TX(RFB) | FM_SEES_TX(SMTP) |               \
            FM_SEES_TX(HTTP))

/** False: it tells of no login. */
bool fm_login_of(const struct fm_obs *obs, struct fm_login *out);

#endif
