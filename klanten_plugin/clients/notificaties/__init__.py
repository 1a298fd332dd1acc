"""The Notificaties API: publish messages, manage subscriptions."""
