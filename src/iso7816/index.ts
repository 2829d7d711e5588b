/**
 * What the bytes mean: command and response APDUs, status words, BER-TLV, and the channel that carries them.
 *
 * @module jpki-card/iso7816
 */

export { type BerTlv, type BerTlvHeader, parseBerTlv, readBerTlvHeader } from './ber-tlv.js';
export { CardChannel, type CardChannelOptions, type OperationOptions, type Send } from './card-channel.js';
export { CommandApdu, type CommandApduFields, INS } from './command-apdu.js';
export { ResponseApdu, StatusWord, SW } from './response-apdu.js';
