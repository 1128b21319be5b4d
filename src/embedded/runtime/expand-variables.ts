// Kubernetes' `$(NAME)` references in commands, arguments and values of variables.

/** Replaces `$(NAME)` by its value and `$$` by `$`; a reference to an unknown name stays as it is written. */
export function expandVariables(text: string, values: ReadonlyMap<string, string>): string {
  return text.replace(/\$(?:\$|\(([^()]*)\))/g, (whole, name: string | undefined) =>
    name === undefined ? '$' : (values.get(name) ?? whole),
  );
}
