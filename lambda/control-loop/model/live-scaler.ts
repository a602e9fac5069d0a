/** A field of a scaler as it stands in the object: what a write must find there again. */
export interface LiveField {
  /** JSON Pointer. */
  readonly path: string;
  /** Left out where the field is absent. */
  readonly raw?: unknown;
}

/** The two fields of a unit's scaler that the loop owns. */
export interface LiveScaler {
  readonly resourceVersion: string | undefined;
  readonly floor: LiveField;
  readonly target: LiveField;
}
