/** What a login token is, for those who make and those who check one. */

/** `typ` of the header: a token for another use is never one for logging in (RFC 8725 section 3.11). */
export const LOGIN_TOKEN_TYPE = 'jpki-login+jwt';

/** Most characters of a token. One has about 6000, nearly all of them the two certificates. */
export const MAX_TOKEN_LENGTH = 16_384;

/** How long a token is good for, where its maker does not say, in seconds. */
export const DEFAULT_EXPIRES_IN_SECONDS = 120;

/** The oldest token that is accepted, where the server does not say, in seconds. */
export const DEFAULT_MAX_AGE_SECONDS = 300;

/** How far the clocks of the two sides may be apart, in seconds. */
export const CLOCK_LEEWAY_SECONDS = 30;
