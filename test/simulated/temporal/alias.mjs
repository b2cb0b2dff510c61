// Resolves @temporalio/workflow to the stand-in beside this file, for runs outside vitest.
const standIn = new URL('workflow.ts', import.meta.url).href;

export async function resolve(specifier, context, next) {
  return await next(specifier === '@temporalio/workflow' ? standIn : specifier, context);
}
