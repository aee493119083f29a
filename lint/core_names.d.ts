/**
 * The one name of the web platform that `core/` may mention, as a type: `StatusSource` hands an `AbortSignal` through.
 * Nothing of it can be used there.
 */
interface AbortSignal {
  readonly aborted: boolean;
}
