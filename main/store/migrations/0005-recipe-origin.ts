// Which named recipe a run's recipe came from and where it deviates from it, as a JSON document. NULL for
// runs from before this, and for recipes of the user's own.
import type { Migration } from '../migration.ts';

export const recipeOriginMigration: Migration = {
  version: 5,
  name: 'recipe-origin',
  statements: 'ALTER TABLE runs ADD COLUMN recipe_origin TEXT;',
};
