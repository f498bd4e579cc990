/** The protocol spoken by this server, its SDKs and its page. A change that an older peer would misread raises it. */
export const PROTOCOL = 1;

/** The port served by default: the letters T-I-D-E on a telephone's keys. */
export const DEFAULT_PORT = 8433;
