export { Base64UrlField, base64Url, encodeBytes, type ByteLength } from './base64url.js';
export { scalarField, type FieldOptions, type Scalar } from './field.js';
export {
  BooleanField,
  boolean,
  EnumField,
  type EnumValue,
  IntegerField,
  IntegerParameter,
  integer,
  integerParameter,
  LoginIdField,
  loginId,
  oneOf,
  type Range,
  TextField,
  text,
  UuidField,
  type UuidVersion,
  uuid,
} from './scalars.js';
export { ArrayField, type ArrayOptions, ObjectField } from './structures.js';
