"""From tables of people and a folder of CTs to the bodies of a case-control study: who enters, and why not the rest."""
