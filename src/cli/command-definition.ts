// What a command is: its words, options and examples, and how it is run and shown. Loaded code comes later, when it runs.
import type { ActionContext, CommonOptions } from '../actions/context.ts';
import type { Output } from '../output/output.ts';

/** An argument in the order in which it is typed. */
export interface ArgumentDefinition {
  /** In help; also the key under which its value is found. */
  readonly name: string;
  readonly description: string;
  readonly required: boolean;
  /** It takes all words that follow; its value is a list. */
  readonly variadic?: true;
}

/** An option. */
export interface OptionDefinition {
  /** As commander writes it: `-e, --virtual-env <name>`. */
  readonly flags: string;
  readonly description: string;
  /** Values that it may have. */
  readonly choices?: readonly string[];
  /** Turns what was typed into a value; throws FoxError USAGE. */
  readonly parse?: (text: string) => unknown;
  /** It may be given several times; its value is a list. In an environment variable commas separate. */
  readonly repeatable?: true;
}

/** Values of arguments and options by name, as typed or parsed. */
export type CommandInput = CommonOptions & Readonly<Record<string, unknown>>;

/** What a running command works with. */
export interface CommandContext extends ActionContext {
  readonly output: Output;
  /** A person to ask; absent where nobody can answer. */
  readonly terminal?: { readonly stdin: NodeJS.ReadStream; readonly stderr: NodeJS.WriteStream };
  /** What is piped in, where something is asked for that may come so. */
  readonly stdin?: NodeJS.ReadStream;
  /** Runs another fox command line in a directory, with the same output; without some variables of the environment. */
  readonly runFox: (args: readonly string[], cwd: string, without: readonly string[]) => Promise<void>;
}

/** A command that can be typed. */
export interface CommandDefinition {
  /** Its words: `deploy`, `cluster start`. */
  readonly name: string;
  readonly summary: string;
  /** Heading in help. */
  readonly group: 'Start' | 'Deploy' | 'Look' | 'Release' | 'Environments' | 'Tidy' | 'Cluster';
  readonly arguments?: readonly ArgumentDefinition[];
  /** Beside those that every command has. */
  readonly options?: readonly OptionDefinition[];
  /** Command lines without `fox`. */
  readonly examples: readonly string[];
  /** Loads what it needs and runs it. */
  readonly run: (input: CommandInput, context: CommandContext) => Promise<void>;
}
