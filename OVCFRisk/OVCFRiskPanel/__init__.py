"""The panel of the module, one class per section. The only place with Qt; state lives in the scene, never here."""
