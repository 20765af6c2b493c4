/** Lets time pass: what these tests are about happens, or does not, as time goes by. */
export const pass = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
