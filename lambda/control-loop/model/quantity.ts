import { QUANTITY_TOLERANCE } from '../contract/limits';

/** A number as it is written to a Kubernetes quantity: in thousandths, the smallest step that is kept. */
export const toThreeDecimals = (value: number): number => Math.round(value * 1000) / 1000;

/** Whether two quantities are the same as far as Kubernetes and KEDA keep them. */
export const isSameQuantity = (a: number, b: number): boolean => Math.abs(a - b) <= QUANTITY_TOLERANCE;
