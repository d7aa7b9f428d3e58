// Says in an effect or a derived value that it is to run again when these change although it does not
// use them: `dependOn(app.theme.effective)`. Reading them as arguments is all there is to it.
export function dependOn(...values: readonly unknown[]): void {
  values.at(0);
}
