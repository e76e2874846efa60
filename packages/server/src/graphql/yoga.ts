import { KeywrightError, limits } from '@keywright/core';
import { type ASTVisitor, getOperationAST, parse, type ValidationContext } from 'graphql';
import { createYoga, type Plugin } from 'graphql-yoga';
import type { GraphqlContext } from './context.ts';
import { causeOf, refusal, shownError } from './errors.ts';
import { checkSize } from './measure.ts';
import { makePublicSchema, makeSchema } from './schema.ts';

type Step = Plugin<GraphqlContext, GraphqlContext>;

/** GraphQL over HTTP, as the audits of the npm package graphql-http want it. Source: the working draft GraphQL over HTTP. */
export function makeYoga() {
  const schemas = { all: makeSchema(), public: makePublicSchema() };
  return createYoga<GraphqlContext>({
    schema: ({ call }) => (call.caller === undefined ? schemas.public : schemas.all),
    graphqlEndpoint: '/graphql',
    plugins: [bounded, guarded, receipted, shown],
    batching: false,
    multipart: false,
    cors: false,
    graphiql: false,
    landingPage: false,
    logging: false,
    maskedErrors: false,
    // The server has read the body by then, up to its own limit.
    maxRequestBodySize: false,
    // Kept documents would be memory that anybody can fill.
    parserAndValidationCache: false,
  });
}

/** Nothing too long is read. */
const bounded: Step = {
  onParams({ params: { query } }) {
    const bytes = Buffer.byteLength(typeof query === 'string' ? query : '');
    if (bytes <= limits.graphqlDocumentBytesMax) return;
    const detail = `The document has ${bytes} bytes; at most ${limits.graphqlDocumentBytesMax} are allowed. Put values into variables.`;
    throw refusal(new KeywrightError('query_too_large', detail));
  },
  onParse({ setParseFn }) {
    setParseFn((source, options) => parse(source, { ...options, maxTokens: limits.graphqlTokensMax }));
  },
};

/** Nothing is run that is too large, or that changes something for another site; without a caller only what is public is there. */
const guarded: Step = {
  onValidate({ context, addValidationRule }) {
    if (context.call.caller !== undefined) return;
    addValidationRule(publicOnly);
    return ({ result, setResult }) => {
      const unauthenticated = result.find(error => causeOf(error).code === 'unauthenticated');
      if (unauthenticated !== undefined) setResult([unauthenticated]);
    };
  },
  onExecute({ args, setResultAndStopExecution }) {
    const { document, operationName, schema, contextValue, variableValues } = args;
    const operation = getOperationAST(document, operationName);
    if (!operation) return;
    try {
      if (operation.operation === 'mutation' && contextValue.crossSite) throw new KeywrightError('cross_site');
      checkSize(document, operation, schema, variableValues ?? {});
    } catch (error) {
      setResultAndStopExecution({ errors: [refusal(error)] });
    }
  },
};

/** Where a field is only `true`, there is no other place for its receipt. */
const receipted: Step = {
  onExecute: ({ args }) => ({
    onExecuteDone({ result, setResult }) {
      const { receipts } = args.contextValue as GraphqlContext; // ours
      if (receipts.size === 0 || !('data' in result)) return;
      setResult({ ...result, extensions: { ...result.extensions, receipts: Object.fromEntries(receipts) } });
    },
  }),
};

/** To whom nobody knows, a field that is not public is one that needs a caller, whether there is such a field or not. */
function publicOnly(validation: ValidationContext): ASTVisitor {
  const schema = validation.getSchema();
  const roots = [schema.getQueryType(), schema.getMutationType()];
  return {
    Field(node) {
      const isHidden = !validation.getFieldDef() || node.name.value === '__schema';
      const isRoot = roots.some(root => root === validation.getParentType());
      if (isHidden && isRoot) validation.reportError(refusal(new KeywrightError('unauthenticated'), [node]));
    },
  };
}

/** Every error in our form; the log gets those that are our fault. */
const shown: Step = {
  onResultProcess({ result, setResult, serverContext: { app, requestId } }) {
    if (!('errors' in result) || result.errors === undefined) return;
    for (const error of result.errors) {
      const cause = causeOf(error);
      if (cause.status >= 500) app.log.error({ requestId, err: cause.cause ?? cause }, cause.message);
    }
    setResult({ ...result, errors: result.errors.map(error => shownError(error, requestId)) });
  },
};
