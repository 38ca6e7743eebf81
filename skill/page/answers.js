// What fits each open question, by its id; tapping an answer says its words. Any other question has "*". Where a
// question names its choices (which), only those that it names are offered.
export const answers = {
  "*": ["Yes", "No", "Not sure"],
  "launch": ["An exercise", "A resting position", "A tip", "Help me up"],
  "go_on_there": ["Yes", "No"],
  "which": ["Knees to chest", "Knee rocking", "Rolling", "Belly tightening", "Pelvic lifts"],
  "which_left": ["Knees to chest", "Knee rocking", "Rolling", "Belly tightening", "Pelvic lifts", "Rest"],
  "which_tip": ["Lifting", "Sitting", "Sleeping"],
  "which_subject": ["Pain relief", "Massage", "Scans"],
  "forget_all": ["Yes", "No"],
  "forget_then": ["Yes", "No"],
  "step_up": ["Yes", "No"],
  "step_back": ["Yes", "No"],
  "carry_on_here": ["Yes", "No"],
  "surface": ["Floor", "Bed", "Neither"],
  "ready": ["Ready", "More time", "Help me up"],
  "offer_bed": ["Yes", "No"],
  "lift_confirm": ["Yes", "No"],
  "pain": ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10"],
  "ladder_number": ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10"],
  "page_check": ["Better", "The same", "Worse"],
  "more": ["Go on", "Rest", "Help me up"],
  "rest_or_up": ["Rest", "Help me up"],
  "rest_longer": ["Longer", "Help me up"],
  "paused": ["Go on", "Rest", "Help me up"],
  "are_you_up": ["I'm up", "More time", "I can't get up"]
};
