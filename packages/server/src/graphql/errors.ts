import { type ErrorCode, KeywrightError } from '@keywright/core';
import { type ASTNode, GraphQLError } from 'graphql';
import { toKeywrightError } from '../map-error.ts';

/** What the library sets, to answer with a status; with `spec` it is 200 to clients that take plain application/json only. */
interface Http {
  status: number;
  spec?: boolean;
  headers?: Record<string, string>;
}

/** A refusal before any field has run. */
export function refusal(error: unknown, nodes?: readonly ASTNode[]): GraphQLError {
  const originalError = toKeywrightError(error);
  return new GraphQLError(originalError.message, { originalError, nodes });
}

/** An error as GraphQL answers it: the same code, sentence and fields as at the other doors. */
export function shownError(error: GraphQLError, requestId: string): GraphQLError {
  const { code, message, problems } = causeOf(error);
  const { nodes, source, positions, path } = error;
  const http = path === undefined && { http: httpOf(error) };
  const errors = problems.length > 0 && { errors: problems };
  return new GraphQLError(message, {
    nodes,
    source,
    positions,
    path,
    extensions: { code, requestId, ...errors, ...http },
  });
}

/** What was thrown; what the library itself refuses is refused in its own words. */
export function causeOf(error: unknown): KeywrightError {
  if (!(error instanceof GraphQLError)) return toKeywrightError(error);
  if (error.originalError !== undefined) return causeOf(error.originalError);
  return new KeywrightError(codeOf(error), error.message);
}

function codeOf(error: GraphQLError): ErrorCode {
  return libraryHttp(error)?.status === 405 ? 'method_not_allowed' : 'malformed_request';
}

function httpOf(error: GraphQLError): Http {
  const { code, status } = causeOf(error);
  const isDocument = code === 'query_too_large' || code === 'malformed_request';
  return (isDocument && libraryHttp(error)) || { ...libraryHttp(error), status, spec: isDocument };
}

function libraryHttp({ extensions }: GraphQLError): Http | undefined {
  return extensions.http as Http | undefined; // only the library sets it
}
