/**
 * The text on the card: name, address, birth date, sex, and the Individual Number; its PIN and check numbers, and its proof.
 * The images of the face (券面事項確認AP) and the registry application (住基AP) are not part of it.
 *
 * @module jpki-card/card-text
 */

export { type CardAttributes, type CardBirthDate, type CardSex, parseCardAttributes } from './attributes.js';
export { CardText, type CardTextProof, type TextBasicInformation, type TextPinRole } from './card-text.js';
export { type CardFace, checkNumberB } from './check-number.js';
export { type CardTextIssuer, PUBLISHED_TEXT_ISSUERS } from './issuers.js';
export { MyNumber } from './my-number.js';
export {
  type CardTextFinding,
  type CardTextFindingCode,
  type CardTextVerdict,
  type VerifyCardTextOptions,
  verifyCardText,
} from './verify.js';
