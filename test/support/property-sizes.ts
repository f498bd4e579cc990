import fc from 'fast-check';

// A bound that a test states is meant: by default hardly any array is longer than ten.
fc.configureGlobal({ ...fc.readConfigureGlobal(), defaultSizeToMaxWhenMaxSpecified: true });
