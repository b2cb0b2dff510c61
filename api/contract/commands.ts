import type { CommandContract, PersonCommand } from './command.ts';
import { handIn, startWork } from './action-project.ts';
import {
  archive,
  callBack,
  check,
  drawCallBack,
  drawCheck,
  reopen,
  review,
  rework,
  submitReview,
} from './closure-review.ts';
import { merge, refuse, register, settleOnTheSpot, unmerge, withdraw } from './demand-list.ts';
import { grant, refuseRequest } from './requests.ts';
import { assign, release, reserve, startMatching } from './resource-matching.ts';
import { contact, dispatch, sign } from './team-assignment.ts';

/** Every command that people may give to an existing case, by its name; a missing one does not compile. */
export const commandContracts: { readonly [Name in PersonCommand]: CommandContract<Name> } = {
  register,
  refuse,
  withdraw,
  merge,
  unmerge,
  'settle-on-the-spot': settleOnTheSpot,
  'start-matching': startMatching,
  reserve,
  release,
  assign,
  dispatch,
  sign,
  contact,
  'start-work': startWork,
  'hand-in': handIn,
  'draw-check': drawCheck,
  check,
  'draw-call-back': drawCallBack,
  'call-back': callBack,
  'submit-review': submitReview,
  review,
  rework,
  reopen,
  archive,
  grant,
  'refuse-request': refuseRequest,
};
