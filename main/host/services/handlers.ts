// The handlers of one service: a part of the contract's names with the functions that answer them.
import type { AppContract } from '../../../shared/contract/app/index.ts';
import type { Handlers } from '../../../shared/rpc/contract-types.ts';

export type AppHandlers = Handlers<AppContract>;

export type HandlersOf<Prefix extends string> = Pick<
  AppHandlers,
  Extract<keyof AppHandlers, `${Prefix}.${string}`>
>;
