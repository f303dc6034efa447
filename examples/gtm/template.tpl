___TERMS_OF_SERVICE___

By creating or modifying this file you agree to Google Tag Manager's Community
Template Gallery Developer Terms of Service available at
https://developers.google.com/tag-manager/gallery-tos (or such other URL as
Google may provide), as modified from time to time.


___INFO___

{
  "type": "TAG",
  "id": "cvt_temp_public_id",
  "version": 1,
  "securityGroups": [],
  "displayName": "Strand",
  "categories": [
    "ANALYTICS",
    "ATTRIBUTION"
  ],
  "brand": {
    "id": "strand",
    "displayName": "Strand"
  },
  "description": "Strings every contact of a visitor into one chain: page views, reading time, campaigns, links and forms. Follows Consent Mode.",
  "containerContexts": [
    "WEB"
  ]
}


___TEMPLATE_PARAMETERS___

[
  {
    "type": "TEXT",
    "name": "endpoint",
    "displayName": "Collector",
    "simpleValueType": true,
    "valueHint": "https://t.example.com",
    "help": "Where your collector answers. Best a subdomain of your site.",
    "valueValidators": [
      {
        "type": "NON_EMPTY"
      },
      {
        "type": "REGEX",
        "args": [
          "^https://[^/]+/?$"
        ]
      }
    ]
  },
  {
    "type": "TEXT",
    "name": "writeKey",
    "displayName": "Write key",
    "simpleValueType": true,
    "valueHint": "wk_…",
    "valueValidators": [
      {
        "type": "NON_EMPTY"
      },
      {
        "type": "REGEX",
        "args": [
          "^wk_.+$"
        ]
      }
    ]
  },
  {
    "type": "RADIO",
    "name": "consent",
    "displayName": "Consent",
    "defaultValue": "mode",
    "radioItems": [
      {
        "value": "mode",
        "displayValue": "Follow Consent Mode (analytics_storage)"
      },
      {
        "value": "page",
        "displayValue": "The page calls strand.consent(); until then nothing is stored or sent"
      },
      {
        "value": "none",
        "displayValue": "None is needed"
      }
    ]
  },
  {
    "type": "SELECT",
    "name": "refused",
    "displayName": "Where analytics_storage is denied",
    "simpleValueType": true,
    "defaultValue": "denied",
    "selectItems": [
      {
        "value": "denied",
        "displayValue": "Send nothing"
      },
      {
        "value": "anonymous",
        "displayValue": "Send without an id, store nothing"
      }
    ],
    "enablingConditions": [
      {
        "paramName": "consent",
        "paramValue": "mode",
        "type": "EQUALS"
      }
    ]
  },
  {
    "type": "CHECKBOX",
    "name": "vitals",
    "checkboxText": "Measure web vitals",
    "simpleValueType": true,
    "defaultValue": false
  },
  {
    "type": "TEXT",
    "name": "crossDomains",
    "displayName": "Other domains of yours, with commas between",
    "simpleValueType": true
  }
]


___SANDBOXED_JS_FOR_WEB_TEMPLATE___

const addConsentListener = require('addConsentListener');
const callInWindow = require('callInWindow');
const copyFromWindow = require('copyFromWindow');
const injectScript = require('injectScript');
const isConsentGranted = require('isConsentGranted');
const setInWindow = require('setInWindow');

const TYPE = 'analytics_storage';
const stateNow = () => (isConsentGranted(TYPE) ? 'granted' : data.refused || 'denied');

const options = { writeKey: data.writeKey, vitals: !!data.vitals };
if (data.consent === 'mode') options.consent = stateNow();
if (data.consent === 'page') options.consent = 'denied';
if (data.crossDomains) options.crossDomains = data.crossDomains.split(',').map((name) => name.trim());

// Twice in one page: the first one runs.
if (copyFromWindow('strand')) {
  data.gtmOnSuccess();
} else {
  // Tag Manager's scripts carry no attributes: the options wait where the script looks for them.
  setInWindow('strand', { q: [], o: options }, true);
  const endpoint = data.endpoint.split('/').slice(0, 3).join('/');
  injectScript(endpoint + '/strand.js', () => {
    if (data.consent === 'mode') {
      // Granted while the script was on its way. A denial that was there from the start is Consent Mode's default and no
      // choice: what the visitor allowed on an earlier page stands until it changes.
      if (isConsentGranted(TYPE)) callInWindow('strand.consent', 'granted');
      addConsentListener(TYPE, () => callInWindow('strand.consent', stateNow()));
    }
    data.gtmOnSuccess();
  }, data.gtmOnFailure, 'strand');
}


___WEB_PERMISSIONS___

[
  {
    "instance": {
      "key": {
        "publicId": "inject_script",
        "versionId": "1"
      },
      "param": [
        {
          "key": "urls",
          "value": {
            "type": 2,
            "listItem": [
              {
                "type": 1,
                "string": "https://*/strand.js"
              }
            ]
          }
        }
      ]
    },
    "clientAnnotations": {
      "isEditedByUser": true
    },
    "isRequired": true
  },
  {
    "instance": {
      "key": {
        "publicId": "access_globals",
        "versionId": "1"
      },
      "param": [
        {
          "key": "keys",
          "value": {
            "type": 2,
            "listItem": [
              {
                "type": 3,
                "mapKey": [
                  {
                    "type": 1,
                    "string": "key"
                  },
                  {
                    "type": 1,
                    "string": "read"
                  },
                  {
                    "type": 1,
                    "string": "write"
                  },
                  {
                    "type": 1,
                    "string": "execute"
                  }
                ],
                "mapValue": [
                  {
                    "type": 1,
                    "string": "strand"
                  },
                  {
                    "type": 8,
                    "boolean": true
                  },
                  {
                    "type": 8,
                    "boolean": true
                  },
                  {
                    "type": 8,
                    "boolean": false
                  }
                ]
              },
              {
                "type": 3,
                "mapKey": [
                  {
                    "type": 1,
                    "string": "key"
                  },
                  {
                    "type": 1,
                    "string": "read"
                  },
                  {
                    "type": 1,
                    "string": "write"
                  },
                  {
                    "type": 1,
                    "string": "execute"
                  }
                ],
                "mapValue": [
                  {
                    "type": 1,
                    "string": "strand.consent"
                  },
                  {
                    "type": 8,
                    "boolean": false
                  },
                  {
                    "type": 8,
                    "boolean": false
                  },
                  {
                    "type": 8,
                    "boolean": true
                  }
                ]
              }
            ]
          }
        }
      ]
    },
    "clientAnnotations": {
      "isEditedByUser": true
    },
    "isRequired": true
  },
  {
    "instance": {
      "key": {
        "publicId": "access_consent",
        "versionId": "1"
      },
      "param": [
        {
          "key": "consentTypes",
          "value": {
            "type": 2,
            "listItem": [
              {
                "type": 3,
                "mapKey": [
                  {
                    "type": 1,
                    "string": "consentType"
                  },
                  {
                    "type": 1,
                    "string": "read"
                  },
                  {
                    "type": 1,
                    "string": "write"
                  }
                ],
                "mapValue": [
                  {
                    "type": 1,
                    "string": "analytics_storage"
                  },
                  {
                    "type": 8,
                    "boolean": true
                  },
                  {
                    "type": 8,
                    "boolean": false
                  }
                ]
              }
            ]
          }
        }
      ]
    },
    "clientAnnotations": {
      "isEditedByUser": true
    },
    "isRequired": true
  }
]


___TESTS___

scenarios: []


___NOTES___

The project's own tests run this template in a browser: test/e2e/consent-tools.test.ts.
