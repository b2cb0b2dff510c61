export const TEMPLATE = 'four_lists_template';
export const TEMPLATE_SIMULATION = 'four_lists_template_simulation';

/** A Monday morning in office hours, within the validity of everything in the sample office. */
export const SIMULATION_START = '2026-03-02T09:00:00+08:00';

/** Accounts of the tests' sample office. */
export const testPassword = (username: string): string => `password of ${username}`;
