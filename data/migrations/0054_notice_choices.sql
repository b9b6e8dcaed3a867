-- One table of notices by channel for mail, Discord and Settings: until now mail and the bot each kept their own.
WITH known (notice, by_mail, by_bot, mail_default, bot_default) AS (VALUES
    ('failed', 'failed', 'failed', 1, 'dm'),
    ('unknown', 'unknown', 'unknown', 1, 'dm'),
    ('connection', 'connection', 'token', 1, 'dm'),
    ('queue_dry', 'queue_dry', 'dry', 1, 'dm'),
    ('paused', 'paused', 'paused', 1, 'dm'),
    ('alert', 'alert', 'alert', 1, 'dm'),
    ('key_found', 'programs', 'programs', 1, 'dm'),
    ('webhook_off', 'programs', 'programs', 1, 'dm'),
    ('review', 'review', 'review', 0, 'none'),
    ('published', 'published', 'published', 0, 'dm')
)
UPDATE user
   SET settings = json_remove(json_set(settings, '$.notices', json((
       SELECT json_group_object(notice, json_object(
           'mail', json(CASE WHEN coalesce(json_extract(user.settings, '$.mail.' || by_mail), mail_default)
                             THEN 'true' ELSE 'false' END),
           'dm', json(CASE WHEN coalesce(json_extract(user.settings, '$.discord_notices.' || by_bot), bot_default) = 'dm'
                           THEN 'true' ELSE 'false' END),
           'channel', json(CASE WHEN coalesce(json_extract(user.settings, '$.discord_notices.' || by_bot), bot_default)
                                     = 'channel' THEN 'true' ELSE 'false' END)))
         FROM known))), '$.mail', '$.discord_notices')
 WHERE json_type(settings, '$.mail') = 'object' OR json_type(settings, '$.discord_notices') = 'object';

