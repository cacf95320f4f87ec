/* A lexer of Lua's tokens, as far as brackets, names and texts go, and a walk down one table after
 * the other.  `function`, `if`, `do` and `repeat` open what `end` and `until` close, so that the
 * commas inside a function are not taken for those of the table around it. */
#include "policy/locate.h"

#include <ctype.h>
#include <string.h>

enum token_type { TOKEN_END, TOKEN_NAME, TOKEN_TEXT, TOKEN_MARK };

struct token {
    enum token_type type;
    const char *at; /* of a text: without its quotes */
    size_t len;
    unsigned line;
};

struct lexer {
    const char *at, *end;
    unsigned line;
};

static bool is(const struct token *token, const char *what)
{
    return token->type != TOKEN_TEXT && token->len == strlen(what) &&
            memcmp(token->at, what, token->len) == 0;
}

static void step(struct lexer *lex, size_t bytes)
{
    for (; bytes && lex->at < lex->end; bytes--)
        lex->line += *lex->at++ == '\n';
}

static char peek(const struct lexer *lex, size_t ahead)
{
    return (size_t)(lex->end - lex->at) > ahead ? lex->at[ahead] : '\0';
}

/* "[[" or "[==[" at the cursor: its number of bytes, else 0. */
static size_t long_opening(const struct lexer *lex)
{
    size_t n = 1;
    if (peek(lex, 0) != '[')
        return 0;
    while (peek(lex, n) == '=')
        n++;
    return peek(lex, n) == '[' ? n + 1 : 0;
}

static void read_long(struct lexer *lex, size_t opening, struct token *token)
{
    step(lex, opening);
    token->at = lex->at;
    for (; lex->at < lex->end; step(lex, 1)) {
        size_t n = 1;
        if (peek(lex, 0) != ']')
            continue;
        while (peek(lex, n) == '=')
            n++;
        if (n + 1 == opening && peek(lex, n) == ']')
            break;
    }
    token->len = (size_t)(lex->at - token->at);
    step(lex, opening);
}

static void skip_blank(struct lexer *lex)
{
    struct token comment;
    while (lex->at < lex->end) {
        if (isspace((unsigned char)*lex->at)) {
            step(lex, 1);
        } else if (peek(lex, 0) == '-' && peek(lex, 1) == '-') {
            step(lex, 2);
            size_t opening = long_opening(lex);
            if (opening)
                read_long(lex, opening, &comment);
            while (!opening && lex->at < lex->end && *lex->at != '\n')
                lex->at++;
        } else {
            return;
        }
    }
}

static void read_quoted(struct lexer *lex, struct token *token)
{
    char quote = *lex->at;
    step(lex, 1);
    token->at = lex->at;
    while (lex->at < lex->end && *lex->at != quote && *lex->at != '\n')
        step(lex, *lex->at == '\\' ? 2 : 1);
    token->len = (size_t)(lex->at - token->at);
    step(lex, 1);
}

static bool word_char(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

static struct token next_token(struct lexer *lex)
{
    skip_blank(lex);
    struct token token = { TOKEN_END, lex->at, 0, lex->line };
    if (lex->at == lex->end)
        return token;
    size_t opening = long_opening(lex);
    token.type = TOKEN_TEXT;
    if (opening) {
        read_long(lex, opening, &token);
    } else if (*lex->at == '"' || *lex->at == '\'') {
        read_quoted(lex, &token);
    } else {
        token.type = word_char(*lex->at) ? TOKEN_NAME : TOKEN_MARK;
        do
            step(lex, 1);
        while (token.type == TOKEN_NAME && word_char(peek(lex, 0)));
        token.len = (size_t)(lex->at - token.at);
    }
    return token;
}

static int nesting(const struct token *token)
{
    static const char *const opens[] = { "{", "(", "[", "function", "if", "do", "repeat" };
    static const char *const closes[] = { "}", ")", "]", "end", "until" };
    for (size_t i = 0; i < sizeof opens / sizeof opens[0]; i++) {
        if (is(token, opens[i]))
            return 1;
    }
    for (size_t i = 0; i < sizeof closes / sizeof closes[0]; i++) {
        if (is(token, closes[i]))
            return -1;
    }
    return 0;
}

/* At the start of an item: the name it begins with and the lexer behind its `=`; or no name, and
 * the lexer where it was. */
static bool read_key(struct lexer *lex, struct token *key)
{
    struct lexer ahead = *lex;
    *key = next_token(&ahead);
    if (is(key, "[")) {
        *key = next_token(&ahead);
        struct token close = next_token(&ahead);
        if (key->type != TOKEN_TEXT || !is(&close, "]"))
            return false;
    } else if (key->type != TOKEN_NAME) {
        return false;
    }
    struct token equals = next_token(&ahead);
    if (!is(&equals, "=") || peek(&ahead, 0) == '=')
        return false;
    *lex = ahead;
    return true;
}

/* Past the item's value; false at the table's end. */
static bool skip_item(struct lexer *lex)
{
    for (int depth = 0;;) {
        struct token token = next_token(lex);
        if (token.type == TOKEN_END || (depth == 0 && is(&token, "}")))
            return false;
        if (depth == 0 && (is(&token, ",") || is(&token, ";")))
            return true;
        depth += nesting(&token);
    }
}

/* The lexer stands before a table: moves it before the value of the item; the item's line. */
static unsigned enter(struct lexer *lex, const struct fm_value *wanted)
{
    struct token token = next_token(lex);
    uint32_t index = 0;
    if (!is(&token, "{"))
        return 0;
    do {
        struct token key;
        bool named = read_key(lex, &key);
        struct lexer value = *lex;
        struct token first = next_token(&value);
        if (first.type == TOKEN_END || is(&first, "}"))
            return 0;
        index += !named;
        if (named && wanted->key && strlen(wanted->key) == key.len &&
                memcmp(wanted->key, key.at, key.len) == 0)
            return key.line;
        if (!named && !wanted->key && index == wanted->index)
            return first.line;
    } while (skip_item(lex));
    return 0;
}

/* The chunk's own `return {`, not that of a function in it; the lexer ends before the brace. */
static bool find_return(struct lexer *lex)
{
    int depth = 0;
    for (;;) {
        struct token token = next_token(lex);
        struct lexer ahead = *lex;
        struct token brace = next_token(&ahead);
        if (token.type == TOKEN_END)
            return false;
        if (depth == 0 && is(&token, "return") && is(&brace, "{"))
            return true;
        depth += nesting(&token);
    }
}

unsigned fm_locate(const char *source, size_t len, const struct fm_tree *tree, uint32_t at)
{
    struct lexer lex = { source, source + len, 1 };
    uint32_t way[FM_VALUE_DEPTH + 1];
    unsigned steps = 0, line = 0;
    for (; at; at = tree->parent[at])
        way[steps++] = at;
    if (steps == 0 || !find_return(&lex))
        return 0;
    while (steps--) {
        unsigned found = enter(&lex, &tree->value[way[steps]]);
        if (!found)
            return 0;
        line = found;
    }
    return line;
}
