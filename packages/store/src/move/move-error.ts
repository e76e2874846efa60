/** Why a database can not be moved; a whole sentence. */
export class MoveError extends Error {}
