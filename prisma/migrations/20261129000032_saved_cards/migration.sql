-- The gateway's customer whom the payment method is saved for, null: it is saved for nobody.
ALTER TABLE payment.intents ADD COLUMN gateway_customer text;
