/* What an observation tells of a login: at which service, as whom, and how it ended.
 *
 * Most protocols say it: FTP, SMB with NTLM, Kerberos, LDAP, VNC, HTTP (401 and 403 to a request
 * that brings credentials or posts to a login's path), SMTP and SSH (these two as Zeek reads them)
 * give a status.  Where encryption hides it, the size of the session tells:
 *
 *   SSH  what the server sends beside its key exchange until it has refused a password is little: a
 *        banner and 50 to 100 bytes for each of up to six passwords; after a right one come its
 *        host keys and a channel, 900 bytes or more.  So up to 800 bytes count as refused, without
 *        the large payloads among a flow's first eight, which are the keys (1.3 kB to 3.2 kB, by
 *        the algorithms).  Where no shape is known (EVE, Zeek), up to 2,600 in all do.
 *   RDP  a refused session ends before the screen is drawn: up to 2.8 kB seen, up to 10,000 count
 *        as refused.  Its account is in the cookie, which comes before the end is known.
 *
 *   Telnet, POP3, IMAP, submission, MySQL, PostgreSQL, VNC  by their ports, where nothing is told:
 *        a refused session is short in turns and bytes, and its client has said something.  A very
 *        short right one looks the same, a mailbox without mail for instance.
 *
 * A form that is posted to a login's path is mostly answered with 200 or 302 whether it was right
 * or not: it is `open`, and only its number can tell.
 *
 * A client that sends nothing tries nothing: so does who only checks that a service is there.
 *
 * Constant time, no memory.  Cannot see: without a shape, guesses over a post-quantum key exchange,
 * which look like a very short command; a right password that is not used looks refused; shapes of
 * which the two directions travel apart; anything within TLS. */
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
    bool open; /* neither did: right, unless there are too many */
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
