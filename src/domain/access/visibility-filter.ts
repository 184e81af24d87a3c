export type { VisibilityFilter } from '../../store/tables/conditions.ts';
