export { Base64UrlField, base64Url, encodeBytes, type ByteLength } from './base64url.js';
export { scalarField, SHARED, type FieldOptions, type Scalar, type SharedSchema } from './field.js';
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
  TimeField,
  time,
  UuidField,
  type UuidVersion,
  uuid,
} from './scalars.js';
export { ArrayField, type ArrayOptions, ObjectField } from './structures.js';
