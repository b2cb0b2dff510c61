/** The floor's work never mixes with the items'. */
export const FLOOR_QUEUE = 'floor';
