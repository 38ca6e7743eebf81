"""From an exercise to timed sound: content numbers, timelines, SSML and voices."""
